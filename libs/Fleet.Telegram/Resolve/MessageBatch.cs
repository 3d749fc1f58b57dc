using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Messages of one chat as Telegram answered them, and the files in them.</summary>
sealed class MessageBatch
{
    readonly SortedDictionary<int, MessageBase> _messages = [];
    readonly MediaOrigin _chat;
    readonly bool _protects;

    /// <param name="messages">What was answered; those of other chats do not count.</param>
    /// <param name="chats">The chats that belong to them.</param>
    /// <param name="kind">Kind of the chat that was asked for.</param>
    /// <param name="peerId">Bare id of that chat.</param>
    public MessageBatch(MessageBase[] messages, ChatBase[] chats, PeerKind kind, long peerId)
    {
        foreach (var message in messages)
        {
            if (IdOf(message) is var (id, peer) && PeerOf(peer) == (kind, peerId))
                _messages[id] = message;
        }
        (var username, _protects) = ChatFacts.Of(chats, kind, peerId);
        _chat = new MediaOrigin(username, kind, peerId, 0);
    }

    /// <summary>Where the channel post is below which these messages are, when a stranger to their chat could find it by
    /// nothing else.</summary>
    public MediaOrigin? Post { get; init; }

    /// <summary>The file of one message.</summary>
    /// <exception cref="ResolveException">message_not_found, no_media.</exception>
    public ResolvedMedia One(int id) => Files([MessageOf(id)])[0];

    /// <summary>The files of the album that a message belongs to, in message order; of the message alone when it is in none.</summary>
    /// <exception cref="ResolveException">message_not_found, no_media.</exception>
    public IReadOnlyList<ResolvedMedia> Album(int id) =>
        Files(
            MessageOf(id) is Message { GroupedId: { } album }
                ? _messages.Values.Where(m => m is Message { GroupedId: { } other } && other == album)
                : [MessageOf(id)]
        );

    /// <summary>The files of all messages, in message order.</summary>
    /// <exception cref="ResolveException">message_not_found: there is none of them; no_media.</exception>
    public IReadOnlyList<ResolvedMedia> All() =>
        _messages.Count > 0
            ? Files(_messages.Values)
            : throw new ResolveException(ResolveErrors.MessageNotFound, "There is none of these messages.");

    MessageBase MessageOf(int id) =>
        _messages.GetValueOrDefault(id)
        ?? throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such message.");

    /// <summary>A file that was posted twice is one file: equal keys are equal bytes.</summary>
    List<ResolvedMedia> Files(IEnumerable<MessageBase> messages)
    {
        var files = messages.OfType<Message>().Select(FileOrNull).OfType<ResolvedMedia>();
        return files.DistinctBy(file => file.Description.Key).ToList() is { Count: > 0 } found
            ? found
            : throw new ResolveException(ResolveErrors.NoMedia, "The message holds no file.");
    }

    ResolvedMedia? FileOrNull(Message message)
    {
        var origin = _chat with { MessageId = message.Id, Post = Post };
        var source = new MediaSource(origin, message.Date, _protects || message.Noforwards, message.MessageValue);
        return MessageMedia.ReadOrNull(message.Media, source);
    }

    static (int Message, PeerBase Peer)? IdOf(MessageBase message) =>
        message switch
        {
            Message m => (m.Id, m.PeerId),
            MessageService m => (m.Id, m.PeerId),
            _ => null,
        };

    static (PeerKind Kind, long Id)? PeerOf(PeerBase peer) =>
        peer switch
        {
            PeerChannel p => (PeerKind.Channel, p.ChannelId),
            PeerChat p => (PeerKind.Chat, p.ChatId),
            PeerUser p => (PeerKind.User, p.UserId),
            _ => null,
        };
}

/// <summary>What Telegram says of a chat beside its messages.</summary>
static class ChatFacts
{
    /// <summary>Public name, lower case, null for none; and whether saving is forbidden.</summary>
    public static (string? Username, bool Protects) Of(ChatBase[] chats, PeerKind kind, long id)
    {
        foreach (var chat in chats)
        {
            if (chat is Channel channel && kind == PeerKind.Channel && channel.Id == id)
                return (channel.Username is { Length: > 0 } name ? name.ToLowerInvariant() : null, channel.Noforwards);
            if (chat is Chat group && kind == PeerKind.Chat && group.Id == id)
                return (null, group.Noforwards);
        }
        return (null, false);
    }
}
