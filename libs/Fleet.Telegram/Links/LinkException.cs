namespace Fleet.Telegram;

/// <summary>A text that is not a link Fleet understands. The message never repeats the text: it may hold a secret.</summary>
/// <param name="code">One of <see cref="LinkErrors"/>.</param>
/// <param name="message">One sentence for the person who pasted the link.</param>
public sealed class LinkException(string code, string message) : Exception(message)
{
    /// <summary>Stable code of <see cref="LinkErrors"/>.</summary>
    public string Code => code;
}

/// <summary>Stable codes of <see cref="LinkException"/>.</summary>
public static class LinkErrors
{
    /// <summary>Not a link at all, or a Telegram link with a broken part.</summary>
    public const string Malformed = "link_malformed";

    /// <summary>A well-formed link to a host that is not Telegram's.</summary>
    public const string HostUnknown = "link_host_unknown";

    /// <summary>A Telegram link, but to a profile, sticker set, proxy and the like: nothing to download.</summary>
    public const string NotAMessage = "link_not_a_message";

    /// <summary>A range of more messages than <see cref="MessageRangeLink.MaxMessages"/>.</summary>
    public const string TooManyItems = "too_many_items";
}
