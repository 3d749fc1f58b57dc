namespace Fleet.Sessions;

/// <summary>Stable codes of the broker's problems (RFC 9457, member <c>code</c>).</summary>
public static class BrokerCodes
{
    /// <summary>Not a Telegram link. Permanent.</summary>
    public const string LinkInvalid = "link_invalid";

    /// <summary>A Telegram link of a form that is not served. Permanent.</summary>
    public const string LinkUnsupported = "link_unsupported";

    /// <summary>No such chat or message. Permanent.</summary>
    public const string MessageNotFound = "message_not_found";

    /// <summary>The message holds no document. Permanent.</summary>
    public const string NoMedia = "no_media";

    /// <summary>The chat forbids saving. Permanent.</summary>
    public const string ContentProtected = "content_protected";

    /// <summary>No account of the fleet may read the chat. Permanent.</summary>
    public const string SourcePrivate = "source_private";

    /// <summary>The link is an invitation to a chat that can be read: a message of it must be linked. Permanent.</summary>
    public const string InviteNamesNoMessage = "invite_names_no_message";

    /// <summary>The link asks for more files than one job may have. Permanent.</summary>
    public const string TooManyItems = "too_many_items";

    /// <summary>There is no usable account.</summary>
    public const string NoAccount = "no_account";

    /// <summary>Every account that could do it must wait; retry_at is set.</summary>
    public const string Flood = "flood";

    /// <summary>Every account that could do it is busy; retry_at is set.</summary>
    public const string NoCapacity = "no_capacity";

    /// <summary>The account was logged out, banned or is in use elsewhere; another one may do.</summary>
    public const string AccountUnusable = "account_unusable";

    /// <summary>There is no account of that id.</summary>
    public const string AccountNotFound = "account_not_found";

    /// <summary>The account is in a state in which that cannot be done.</summary>
    public const string AccountState = "account_state";

    /// <summary>The lease expired, was released or was granted anew: stop using it.</summary>
    public const string StaleFence = "stale_fence";

    /// <summary>Missing or wrong service token.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The request is not of the contract's form.</summary>
    public const string BadRequest = "bad_request";

    /// <summary>Telegram answered wrongly, too late or not at all.</summary>
    public const string TelegramUnavailable = "telegram_unavailable";

    /// <summary>Set by the client: the broker cannot be reached, answered too late, or not in the contract's form.</summary>
    public const string BrokerUnavailable = "broker_unavailable";

    /// <summary>True when the same request may succeed later.</summary>
    public static bool IsTransient(string code) =>
        code is NoAccount or Flood or NoCapacity or AccountUnusable or TelegramUnavailable or BrokerUnavailable;
}
