using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>Stories by id, and albums of them.</summary>
/// <remarks>https://core.telegram.org/api/stories</remarks>
static class StoryMethods
{
    const int MaxIds = 100;

    public static void AddTo(MethodTable table)
    {
        table.Add<StoriesGetStoriesByID>("stories.getStoriesByID", GetById, usersOnly: true);
        table.Add<StoriesGetAlbumStories>("stories.getAlbumStories", GetAlbum, usersOnly: true);
    }

    static Answer GetById(Call call, StoriesGetStoriesByID request)
    {
        var (owner, chat, all) = StoriesOf(call, request.Peer);
        if (request.Id.Length is 0 or > MaxIds)
            throw new RpcException(400, "STORY_ID_EMPTY");
        if (all is null)
            throw new RpcException(400, "STORIES_NEVER_CREATED");
        var found = request.Id.Select(id =>
            (StoryItemBase)(
                all.FirstOrDefault(s => s.Id == id) is { } story ? Shape(call, story) : new StoryItemDeleted { Id = id }
            )
        );
        return Answer(call, owner, chat, [.. found], request.Id.Length);
    }

    static Answer GetAlbum(Call call, StoriesGetAlbumStories request)
    {
        var (owner, chat, all) = StoriesOf(call, request.Peer);
        var album = (all ?? []).Where(s => s.AlbumId == request.AlbumId).ToList();
        if (album.Count == 0)
            throw new RpcException(400, "ALBUM_ID_INVALID");
        var page = album.Skip(request.Offset).Take(Math.Clamp(request.Limit, 1, MaxIds));
        return Answer(call, owner, chat, [.. page.Select(s => Shape(call, s))], album.Count);
    }

    /// <summary>Whose stories, named by the caller's own access hash; null for who never had one.</summary>
    static (EmulatedAccount? Owner, EmulatedChat? Chat, IReadOnlyList<EmulatedStory>? Stories) StoriesOf(
        Call call,
        InputPeerBase peer
    )
    {
        if (peer is InputPeerChannel channel)
        {
            var chat = PeerMethods.ChannelOf(call, channel.ChannelId, channel.AccessHash);
            return (null, chat, call.World.Stories.OfOrNull(chat.Id));
        }
        return
            peer is InputPeerUser user
            && user.AccessHash == call.World.Seals.AccessHash(call.Account, user.UserId)
            && call.World.AccountOrNull(user.UserId) is { } owner
            ? (owner, null, call.World.Stories.OfOrNull(owner.UserId))
            : throw new RpcException(400, "PEER_ID_INVALID");
    }

    static StoryItem Shape(Call call, EmulatedStory story) =>
        new()
        {
            Public = true,
            Noforwards = story.NoForwards,
            Id = story.Id,
            Date = (int)story.Date.ToUnixTimeSeconds(),
            ExpireDate = (int)story.Date.AddDays(1).ToUnixTimeSeconds(),
            Caption = story.Caption.Length > 0 ? story.Caption : null,
            Media = Shapes.Media(call.World, call.Account, story.File)!,
            Albums = story.AlbumId is { } album ? [album] : null,
        };

    static StoriesStories Answer(
        Call call,
        EmulatedAccount? owner,
        EmulatedChat? chat,
        StoryItemBase[] stories,
        int count
    ) =>
        new()
        {
            Count = count,
            Stories = stories,
            Chats = chat is null ? [] : Shapes.Chats(call.World, call.Account, [chat]),
            Users = owner is null ? [] : [Shapes.User(call.World, call.Account, owner)],
        };
}
