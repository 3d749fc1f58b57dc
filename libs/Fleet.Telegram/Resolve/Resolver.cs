namespace Fleet.Telegram;

/// <summary>From a link, or from where a file was found before, to the file as this account sees it.</summary>
sealed class Resolver
{
    readonly AppConfig _config;
    readonly MessageReader _messages;
    readonly StoryReader _stories;
    readonly Invitations _invitations;

    public Resolver(Takeout takeout, AppConfig config, MainSessionOptions options, TimeProvider time)
    {
        _config = config;
        var peers = new PeerBook(time);
        var calls = new ResolveCalls(takeout, options.ResolveBudget, options.SleepThroughMax, time);
        var finder = new PeerFinder(calls, peers, new DialogScan(takeout, time));
        _messages = new MessageReader(calls, finder, peers);
        _stories = new StoryReader(calls, finder, peers);
        _invitations = new Invitations(calls, peers);
    }

    public async Task<IReadOnlyList<ResolvedMedia>> ResolveAsync(TelegramLink link, CancellationToken ct)
    {
        var found = link switch
        {
            MessageLink { CommentId: { } comment } m => await _messages.CommentAsync(
                m.Chat,
                m.MessageId,
                comment,
                album: !m.Single,
                ct
            ),
            MessageLink m => await _messages.MessageAsync(m.Chat, m.MessageId, album: !m.Single, ct),
            MessageRangeLink range => await _messages.RangeAsync(range, ct),
            StoryLink story => [await _stories.StoryAsync(story.Owner.Username, story.StoryId, ct)],
            StoryAlbumLink album => await _stories.AlbumAsync(album.Owner.Username, album.AlbumId, ct),
            InviteLink invite => throw await _invitations.LookAsync(invite, ct),
            LiveStoryLink => throw new ResolveException(
                ResolveErrors.LinkUnsupported,
                "A live story is a broadcast that is going on: there is no file of it yet."
            ),
            _ => throw new ResolveException(ResolveErrors.LinkUnsupported, "Links of this form lead to no file."),
        };
        return found.Any(m => m.Alternatives.Count > 0) && await _config.IgnoresAltDocumentsAsync(ct)
            ? [.. found.Select(WithoutAlternatives)]
            : found;
    }

    public async Task<ResolvedMedia> LocateAsync(MediaOrigin origin, MediaKey key, CancellationToken ct)
    {
        var media = origin is { IsStory: true, Username: { } owner }
            ? await _stories.StoryAsync(owner, origin.MessageId, ct)
            : await _messages.FindAsync(origin, ct);
        return media.Origin.PeerId == origin.PeerId && media.FindOrNull(key) is { } found
            ? found
            : throw new ResolveException(
                ResolveErrors.MessageNotFound,
                "The message does not hold that file any more."
            );
    }

    public Task JoinAsync(InviteLink link, CancellationToken ct) => _invitations.JoinAsync(link, ct);

    static ResolvedMedia WithoutAlternatives(ResolvedMedia media) =>
        media with
        {
            Alternatives = [],
            Description = media.Description with { Qualities = [] },
        };
}
