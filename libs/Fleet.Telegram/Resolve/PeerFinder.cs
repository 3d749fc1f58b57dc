using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>From a name or an id to the peer as this account may address it.</summary>
sealed class PeerFinder(ResolveCalls calls, PeerBook peers, DialogScan dialogs)
{
    /// <summary>The channel of a message link.</summary>
    public async Task<KnownPeer> ChannelAsync(ChatRef chat, CancellationToken ct) =>
        chat switch
        {
            PublicChat named => await ByNameAsync(named.Username, ct) is { Kind: PeerKind.Channel } channel
                ? channel
                : throw new ResolveException(
                    ResolveErrors.LinkUnsupported,
                    "The name belongs to a user or a bot, not to a channel."
                ),
            PrivateChat hidden => await ByIdAsync(hidden.ChannelId, ct),
            _ => throw new InvalidOperationException($"Unknown kind of chat: {chat.GetType().Name}"),
        };

    /// <summary>Whoever has a public name: a channel or a user.</summary>
    public async Task<KnownPeer> ByNameAsync(string username, CancellationToken ct)
    {
        if (peers.PeerOrNull(username) is { } known)
            return known;
        var resolved = await calls.CallAsync(new ContactsResolveUsername { Username = username }, ct);
        var (kind, id) = resolved.Peer switch
        {
            PeerChannel channel => (PeerKind.Channel, channel.ChannelId),
            PeerUser user => (PeerKind.User, user.UserId),
            _ => throw new ResolveException(ResolveErrors.LinkUnsupported, "The name belongs to no channel or user."),
        };
        peers.Meet(resolved.Chats, resolved.Users);
        peers.Learn(username, kind, id);
        return peers.PeerOrNull(kind, id)
            ?? throw new ResolveException(ResolveErrors.SourcePrivate, "The account may not read this chat.");
    }

    /// <summary>Asks for the name again next time.</summary>
    public void Forget(ChatRef chat)
    {
        if (chat is PublicChat named)
            peers.Forget(named.Username);
    }

    /// <summary>A private channel can be read only by its members: it is among their dialogs.</summary>
    async Task<KnownPeer> ByIdAsync(long channelId, CancellationToken ct)
    {
        if (peers.ChannelOrNull(channelId) is { } known)
            return known;
        if (calls.IsBot)
            return new KnownPeer(PeerKind.Channel, channelId, 0); // a bot needs no hash where it is a member
        await calls.SpendReadAsync(nameof(MessagesGetDialogs), ct);
        await dialogs.RunAsync(channelId, peers, ct);
        return peers.ChannelOrNull(channelId)
            ?? throw new ResolveException(ResolveErrors.SourcePrivate, "The account is not in this chat.");
    }
}
