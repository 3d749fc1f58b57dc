namespace Fleet.Telegram;

/// <summary>What a Telegram link points at. One record per form of the grammar; made only by <see cref="LinkParser"/>.</summary>
public abstract record TelegramLink
{
    /// <summary>The same link in one spelling: https, t.me, lower-case name, no cosmetic parameters. Equal links have equal
    /// spellings, so it may be a cache key. An invite's spelling holds its secret hash.</summary>
    public abstract string Canonical { get; }

    internal const string Root = "https://t.me/";

    internal static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>The chat of a message link.</summary>
public abstract record ChatRef
{
    internal abstract string Path { get; }
}

/// <summary>A chat with a public name: 1 to 32 of a-z, 0-9 and _, lower case, without the @.</summary>
public sealed record PublicChat(string Username) : ChatRef
{
    internal override string Path => Username;
}

/// <summary>A channel or supergroup without a public name, by its bare id (the number after /c/, without -100).</summary>
public sealed record PrivateChat(long ChannelId) : ChatRef
{
    internal override string Path => TelegramLink.Invariant($"c/{ChannelId}");
}

/// <summary>One message: t.me/name/123, t.me/c/1/123, the same inside a topic or thread, or a comment below it.</summary>
/// <param name="Chat">The chat that holds the message.</param>
/// <param name="MessageId">1 to 2^31-1.</param>
public sealed record MessageLink(ChatRef Chat, int MessageId) : TelegramLink
{
    /// <summary>Only this message is meant, not the album it belongs to.</summary>
    public bool Single { get; init; }

    /// <summary>The topic or thread that holds the message; it is in the same chat, so the message id alone finds it.</summary>
    public int? ThreadId { get; init; }

    /// <summary>The comment meant: a message of the linked discussion group, not of <see cref="Chat"/>.</summary>
    public int? CommentId { get; init; }

    /// <summary>Where a player should start. Does not change which media is meant.</summary>
    public TimeSpan? StartAt { get; init; }

    /// <inheritdoc/>
    public override string Canonical
    {
        get
        {
            var comment = CommentId is { } id ? Invariant($"comment={id}") : null;
            var query = string.Join('&', new[] { comment, Single ? "single" : null }.Where(part => part is not null));
            return Invariant($"{Root}{Chat.Path}/{MessageId}{(query.Length > 0 ? "?" : "")}{query}");
        }
    }
}

/// <summary>Messages First to Last of a chat, both included: t.me/name/10-20.</summary>
public sealed record MessageRangeLink(ChatRef Chat, int First, int Last) : TelegramLink
{
    /// <summary>Messages in a range at most: as many as Telegram answers at once.</summary>
    public const int MaxMessages = 100;

    /// <inheritdoc/>
    public override string Canonical => Invariant($"{Root}{Chat.Path}/{First}-{Last}");
}

/// <summary>One story: t.me/name/s/7.</summary>
public sealed record StoryLink(PublicChat Owner, int StoryId) : TelegramLink
{
    /// <inheritdoc/>
    public override string Canonical => Invariant($"{Root}{Owner.Path}/s/{StoryId}");
}

/// <summary>The live story running now: t.me/name/s/live.</summary>
public sealed record LiveStoryLink(PublicChat Owner) : TelegramLink
{
    /// <inheritdoc/>
    public override string Canonical => $"{Root}{Owner.Path}/s/live";
}

/// <summary>An album of stories: t.me/name/a/3.</summary>
public sealed record StoryAlbumLink(PublicChat Owner, int AlbumId) : TelegramLink
{
    /// <inheritdoc/>
    public override string Canonical => Invariant($"{Root}{Owner.Path}/a/{AlbumId}");
}

/// <summary>An invitation to a chat: t.me/+hash, t.me/joinchat/hash. The hash lets anyone join, so it is kept out of ToString.</summary>
public sealed record InviteLink(string Hash) : TelegramLink
{
    /// <inheritdoc/>
    public override string Canonical => $"{Root}+{Hash}";

    /// <inheritdoc/>
    public override string ToString() => "InviteLink";
}

/// <summary>A bot started with a parameter: t.me/bot?start=payload. The payload may grant access, so it is kept out of ToString.</summary>
public sealed record BotStartLink(PublicChat Bot, string Payload) : TelegramLink
{
    /// <inheritdoc/>
    public override string Canonical => $"{Root}{Bot.Path}?start={Payload}";

    /// <inheritdoc/>
    public override string ToString() => $"BotStartLink {{ Bot = {Bot.Username} }}";
}
