using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>Reads stories of channels and users.</summary>
/// <remarks>https://core.telegram.org/api/stories</remarks>
sealed class StoryReader(ResolveCalls calls, PeerFinder finder, PeerBook peers)
{
    /// <summary>The file of one story.</summary>
    /// <exception cref="ResolveException">message_not_found: it is gone, or not for this account; no_media.</exception>
    public async Task<ResolvedMedia> StoryAsync(string owner, int id, CancellationToken ct)
    {
        var peer = await finder.ByNameAsync(owner, ct);
        var story = await GetAsync(peer, [id], ct);
        return Files(owner, peer, story)[0];
    }

    /// <summary>The files of an album of stories, in its order.</summary>
    /// <exception cref="ResolveException">message_not_found, no_media, too_many_items.</exception>
    public async Task<IReadOnlyList<ResolvedMedia>> AlbumAsync(string owner, int albumId, CancellationToken ct)
    {
        var peer = await finder.ByNameAsync(owner, ct);
        var album = await calls.CallAsync(
            new StoriesGetAlbumStories
            {
                Peer = peer.ToInput(),
                AlbumId = albumId,
                Offset = 0,
                Limit = MessageRangeLink.MaxMessages,
            },
            ct
        );
        if (Math.Max(album.Count, album.Stories.Length) > MessageRangeLink.MaxMessages)
            throw new ResolveException(
                ResolveErrors.TooManyItems,
                $"The album has more than {MessageRangeLink.MaxMessages} stories: link them one by one."
            );
        peers.Meet(album.Chats, album.Users);
        return Files(owner, peer, album);
    }

    async Task<StoriesStories> GetAsync(KnownPeer peer, int[] ids, CancellationToken ct)
    {
        var found = await calls.CallAsync(new StoriesGetStoriesByID { Peer = peer.ToInput(), Id = ids }, ct);
        peers.Meet(found.Chats, found.Users);
        return found;
    }

    static List<ResolvedMedia> Files(string owner, KnownPeer peer, StoriesStories found)
    {
        var protects = ChatFacts.Of(found.Chats, peer.Kind, peer.Id).Protects;
        var stories = found.Stories.OfType<StoryItem>().ToList();
        if (stories.Count == 0)
            throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such story, or not any more.");
        var files = stories.Select(s => FileOrNull(s)).OfType<ResolvedMedia>().DistinctBy(f => f.Description.Key);
        return files.ToList() is { Count: > 0 } all
            ? all
            : throw new ResolveException(ResolveErrors.NoMedia, "The story holds no file.");

        ResolvedMedia? FileOrNull(StoryItem story)
        {
            var origin = new MediaOrigin(owner, peer.Kind, peer.Id, story.Id) { IsStory = true };
            var source = new MediaSource(origin, story.Date, protects || story.Noforwards, story.Caption);
            return MessageMedia.ReadOrNull(story.Media, source);
        }
    }
}
