using Fleet.MtProto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>From a link, or from where a document was found before, to the document as this account sees it.</summary>
sealed class Resolver(HomeLink home, TimeProvider time)
{
    readonly PeerBook _peers = new(time);
    readonly DialogScan _dialogs = new(home, time);

    public Task<ResolvedMedia> ResolveAsync(TelegramLink link, CancellationToken ct) =>
        link is MessageLink { CommentId: null } message
            ? GetAsync(message.Chat, message.MessageId, ct)
            : throw new ResolveException(ResolveErrors.LinkUnsupported, "This form of link is not supported yet.");

    public async Task<ResolvedMedia> LocateAsync(MediaOrigin origin, long documentId, CancellationToken ct)
    {
        if (origin.PeerKind != PeerKind.Channel)
            throw new ResolveException(
                ResolveErrors.LinkUnsupported,
                "Only messages of channels and supergroups are supported."
            );
        ChatRef chat = origin.Username is { } name ? new PublicChat(name) : new PrivateChat(origin.PeerId);
        var media = await GetAsync(chat, origin.MessageId, ct);
        return media.Description.DocumentId == documentId && media.Origin.PeerId == origin.PeerId
            ? media
            : throw new ResolveException(
                ResolveErrors.MessageNotFound,
                "The message does not hold that document any more."
            );
    }

    async Task<ResolvedMedia> GetAsync(ChatRef chat, int messageId, CancellationToken ct)
    {
        try
        {
            var channel = chat switch
            {
                PublicChat named => await ByNameAsync(named.Username, ct),
                PrivateChat hidden => await ByIdAsync(hidden.ChannelId, ct),
                _ => throw new InvalidOperationException($"Unknown kind of chat: {chat.GetType().Name}"),
            };
            var call = new ChannelsGetMessages { Channel = channel, Id = [new InputMessageID { Id = messageId }] };
            var answer = await home.CallAsync(call, ct);
            if (answer is not MessagesChannelMessages found)
                throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such message.");
            _peers.Meet(found.Chats);
            return MessageMedia.Read(found, channel.ChannelId, messageId);
        }
        catch (RpcException e)
        {
            if (RefusalOrNull(e) is not { } known)
                throw;
            if (chat is PublicChat named)
                _peers.Forget(named.Username);
            throw known;
        }
    }

    async Task<InputChannel> ByNameAsync(string username, CancellationToken ct)
    {
        if (_peers.ChannelOrNull(username) is { } known)
            return known;
        var resolved = await home.CallAsync(new ContactsResolveUsername { Username = username }, ct);
        if (resolved.Peer is not PeerChannel peer)
            throw new ResolveException(
                ResolveErrors.LinkUnsupported,
                "The name belongs to a user or a bot, not to a channel."
            );
        _peers.Meet(resolved.Chats);
        _peers.Learn(username, peer.ChannelId);
        return _peers.ChannelOrNull(peer.ChannelId)
            ?? throw new ResolveException(ResolveErrors.SourcePrivate, "The account may not read this channel.");
    }

    /// <summary>A private channel can be read only by its members: it is among their dialogs.</summary>
    async Task<InputChannel> ByIdAsync(long channelId, CancellationToken ct)
    {
        if (_peers.ChannelOrNull(channelId) is { } known)
            return known;
        if (home.IsBot)
            return new InputChannel { ChannelId = channelId, AccessHash = 0 }; // a bot needs no hash where it is a member
        await _dialogs.RunAsync(channelId, _peers, ct);
        return _peers.ChannelOrNull(channelId)
            ?? throw new ResolveException(ResolveErrors.SourcePrivate, "The account is not in this chat.");
    }

    static ResolveException? RefusalOrNull(RpcException e) =>
        e.Type switch
        {
            "USERNAME_NOT_OCCUPIED" or "USERNAME_INVALID" => new(
                ResolveErrors.MessageNotFound,
                "There is no chat of that name.",
                e
            ),
            "MSG_ID_INVALID" or "MESSAGE_ID_INVALID" or "MESSAGE_IDS_EMPTY" => new(
                ResolveErrors.MessageNotFound,
                "There is no such message.",
                e
            ),
            "CHANNEL_PRIVATE"
            or "CHANNEL_INVALID"
            or "CHANNEL_PUBLIC_GROUP_NA"
            or "CHAT_ADMIN_REQUIRED"
            or "PEER_ID_INVALID"
            or "USER_BANNED_IN_CHANNEL"
            or "BOT_METHOD_INVALID" => new(ResolveErrors.SourcePrivate, "The account may not read this chat.", e),
            _ => null,
        };
}
