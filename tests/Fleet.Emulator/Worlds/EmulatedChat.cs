namespace Fleet.Emulator.Worlds;

/// <summary>What kind of chat a message lives in.</summary>
public enum ChatKind
{
    /// <summary>Broadcast channel; message ids are the channel's own.</summary>
    Channel,

    /// <summary>Supergroup: a channel where members talk.</summary>
    Supergroup,

    /// <summary>Basic group; its message ids come from the one sequence that all basic groups share here.</summary>
    Group,

    /// <summary>The private chat of two accounts; its message ids come from the sequence of the basic groups.</summary>
    Private,
}

/// <summary>A channel, supergroup, basic group or private chat with its messages. Ids start at 1 and are never used again.</summary>
public sealed class EmulatedChat
{
    readonly Lock _lock = new();
    readonly SortedDictionary<int, EmulatedMessage> _messages = [];
    readonly HashSet<long> _members = [];
    readonly Func<int> _nextMessageId;

    internal EmulatedChat(Func<int>? nextMessageId = null)
    {
        var last = 0;
        _nextMessageId = nextMessageId ?? (() => ++last);
    }

    /// <summary>Bare id, positive, without the -100 that bots put before it.</summary>
    public required long Id { get; init; }

    public required ChatKind Kind { get; init; }
    public required string Title { get; init; }

    /// <summary>Null for private chats.</summary>
    public string? Username { get; init; }

    /// <summary>Saving content is forbidden.</summary>
    public bool NoForwards { get; init; }

    public bool IsChannel => Kind is ChatKind.Channel or ChatKind.Supergroup;

    /// <summary>All messages that were not deleted, oldest first.</summary>
    public IReadOnlyList<EmulatedMessage> Messages
    {
        get
        {
            lock (_lock)
                return [.. _messages.Values];
        }
    }

    /// <summary>Null when there is none, or it was deleted.</summary>
    public EmulatedMessage? MessageOrNull(int id)
    {
        lock (_lock)
            return _messages.GetValueOrDefault(id);
    }

    public bool IsMember(EmulatedAccount account)
    {
        lock (_lock)
            return _members.Contains(account.UserId);
    }

    /// <summary>In a private chat: the other of the two. An account that talks to itself is its own other.</summary>
    public long OtherThan(EmulatedAccount account)
    {
        lock (_lock)
            return _members.FirstOrDefault(id => id != account.UserId, account.UserId);
    }

    public void Join(EmulatedAccount account)
    {
        lock (_lock)
            _members.Add(account.UserId);
    }

    public void Leave(EmulatedAccount account)
    {
        lock (_lock)
            _members.Remove(account.UserId);
    }

    /// <summary>Public chats are open to all, private ones to members.</summary>
    public bool IsVisibleTo(EmulatedAccount account) => Username is not null || IsMember(account);

    /// <summary>Deletes a message; its id is answered with messageEmpty from now on.</summary>
    public bool Delete(int messageId)
    {
        lock (_lock)
            return _messages.Remove(messageId);
    }

    internal EmulatedMessage Add(string text, EmulatedFile? file, DateTimeOffset date)
    {
        lock (_lock)
        {
            var message = new EmulatedMessage(this, _nextMessageId(), text, file as EmulatedDocument, date)
            {
                Photo = file as EmulatedPhoto,
            };
            _messages.Add(message.Id, message);
            return message;
        }
    }
}

/// <summary>A message: text, or a document or photo with a caption.</summary>
public sealed record EmulatedMessage(
    EmulatedChat Chat,
    int Id,
    string Text,
    EmulatedDocument? Document,
    DateTimeOffset Date
)
{
    public EmulatedPhoto? Photo { get; init; }

    /// <summary>
    /// https://t.me/name/1 for public chats, https://t.me/c/123/1 for private channels and supergroups. Basic groups
    /// and private chats have no links; theirs is tg://openmessage?chat_id=1&amp;message_id=2, which only clients with that
    /// chat know.
    /// </summary>
    public string Link =>
        Chat switch
        {
            { Username: { } name } => $"https://t.me/{name}/{Id}",
            { IsChannel: true } => $"https://t.me/c/{Chat.Id}/{Id}",
            _ => $"tg://openmessage?chat_id={Chat.Id}&message_id={Id}",
        };
}
