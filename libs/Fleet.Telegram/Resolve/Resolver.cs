using Fleet.MtProto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>From a link, or from where a file was found before, to the file as this account sees it.</summary>
sealed class Resolver(Takeout calls, AppConfig config, TimeProvider time)
{
    readonly PeerBook _peers = new(time);
    readonly DialogScan _dialogs = new(calls, time);

    public async Task<ResolvedMedia> ResolveAsync(TelegramLink link, CancellationToken ct)
    {
        if (link is not MessageLink { CommentId: null } message)
            throw new ResolveException(ResolveErrors.LinkUnsupported, "This form of link is not supported yet.");
        var media = await GetAsync(message.Chat, message.MessageId, ct);
        return media.Alternatives.Count > 0 && await config.IgnoresAltDocumentsAsync(ct)
            ? media with
            {
                Alternatives = [],
                Description = media.Description with { Qualities = [] },
            }
            : media;
    }

    public async Task<ResolvedMedia> LocateAsync(MediaOrigin origin, MediaKey key, CancellationToken ct)
    {
        var media = origin switch
        {
            { PeerKind: not PeerKind.Channel } => await GetPlainAsync(origin, ct),
            { Username: { } name } => await GetAsync(new PublicChat(name), origin.MessageId, ct),
            _ => await GetAsync(new PrivateChat(origin.PeerId), origin.MessageId, ct),
        };
        return media.Origin.PeerId == origin.PeerId && media.FindOrNull(key) is { } found
            ? found
            : throw new ResolveException(
                ResolveErrors.MessageNotFound,
                "The message does not hold that file any more."
            );
    }

    /// <summary>A message of a basic group or of a private chat: the account numbers those over all such chats.</summary>
    async Task<ResolvedMedia> GetPlainAsync(MediaOrigin origin, CancellationToken ct)
    {
        try
        {
            var call = new MessagesGetMessages { Id = [new InputMessageID { Id = origin.MessageId }] };
            var (messages, chats) = await calls.CallAsync(call, ct) switch
            {
                MessagesMessages all => (all.Messages, all.Chats),
                MessagesMessagesSlice some => (some.Messages, some.Chats),
                _ => ([], []),
            };
            return MessageMedia.Read(messages, chats, origin.PeerKind, origin.PeerId, origin.MessageId);
        }
        catch (RpcException e)
        {
            if (RefusalOrNull(e) is not { } known)
                throw;
            throw known;
        }
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
            var answer = await calls.CallAsync(call, ct);
            if (answer is not MessagesChannelMessages found)
                throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such message.");
            _peers.Meet(found.Chats);
            return MessageMedia.Read(found.Messages, found.Chats, PeerKind.Channel, channel.ChannelId, messageId);
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
        var resolved = await calls.CallAsync(new ContactsResolveUsername { Username = username }, ct);
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
        if (calls.IsBot)
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
