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
    readonly Dictionary<long, DateTimeOffset> _peeks = [];
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

    /// <summary>A supergroup whose messages are in topics.</summary>
    public bool IsForum { get; init; }

    /// <summary>Of a channel: the supergroup where its posts are discussed. Of such a group: its channel.</summary>
    public EmulatedChat? Linked { get; internal set; }

    /// <summary>How strangers come in; null for not at all.</summary>
    public EmulatedInvite? Invite { get; set; }

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

    /// <summary>Public chats are open to all, private ones to members and, for a while, to who peeks; a discussion group to
    /// everybody who sees its channel.</summary>
    public bool IsVisibleTo(EmulatedAccount account, DateTimeOffset now) =>
        Username is not null
        || IsMember(account)
        || IsPeeked(account, now)
        || (this is { Kind: ChatKind.Supergroup, Linked: { } channel } && channel.IsVisibleTo(account, now));

    /// <summary>Lets an account look in without joining.</summary>
    public void Peek(EmulatedAccount account, DateTimeOffset until)
    {
        lock (_lock)
            _peeks[account.UserId] = until;
    }

    bool IsPeeked(EmulatedAccount account, DateTimeOffset now)
    {
        lock (_lock)
            return _peeks.TryGetValue(account.UserId, out var until) && now < until;
    }

    /// <summary>Deletes a message; its id is answered with messageEmpty from now on.</summary>
    public bool Delete(int messageId)
    {
        lock (_lock)
            return _messages.Remove(messageId);
    }

    internal EmulatedMessage Add(string text, EmulatedFile? file, DateTimeOffset date, MessageTies? ties = null)
    {
        lock (_lock)
        {
            var message = new EmulatedMessage(this, _nextMessageId(), text, file as EmulatedDocument, date)
            {
                Photo = file as EmulatedPhoto,
                Ties = ties ?? MessageTies.None,
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

    public MessageTies Ties { get; init; } = MessageTies.None;

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

/// <summary>What a message has to do with others.</summary>
public sealed record MessageTies
{
    public static readonly MessageTies None = new();

    /// <summary>Equal for the items of an album; null for none.</summary>
    public long? GroupedId { get; init; }

    /// <summary>Message that begins the thread or topic that it is in.</summary>
    public int? ThreadId { get; init; }

    /// <summary>It begins a topic of that name: a service message.</summary>
    public string? Topic { get; init; }

    /// <summary>In a discussion group: the channel post that it stands for.</summary>
    public EmulatedMessage? Post { get; init; }
}

/// <summary>An invitation to a chat.</summary>
/// <param name="Hash">What its link ends with.</param>
public sealed record EmulatedInvite(string Hash)
{
    /// <summary>How long who checks it may look into the chat; null for not at all.</summary>
    public TimeSpan? Peek { get; init; }

    /// <summary>Somebody must let newcomers in; nobody does here.</summary>
    public bool RequestNeeded { get; init; }

    public string Link => $"https://t.me/+{Hash}";
}
