namespace Fleet.Telegram;

/// <summary>What the caller of a failed operation should do.</summary>
public enum Remedy
{
    /// <summary>Nothing helps: the same operation fails again.</summary>
    None,

    /// <summary>Try again later; the network or the server had a passing fault.</summary>
    Later,

    /// <summary>Wait for as long as the exception says, or go on with another account.</summary>
    Wait,

    /// <summary>This account cannot; another one may.</summary>
    AnotherAccount,
}

/// <summary>Base of what this library throws for a reason that a user or an operator can understand. Messages hold no secret:
/// no phone number, key, hash or link.</summary>
/// <param name="code">Stable, snake case.</param>
/// <param name="message">One sentence.</param>
/// <param name="remedy">What to do.</param>
/// <param name="inner">What happened below.</param>
public abstract class TelegramException(string code, string message, Remedy remedy, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Stable code, one per decision.</summary>
    public string Code => code;

    /// <summary>What to do.</summary>
    public Remedy Remedy => remedy;
}

/// <summary>A link is well formed, but nothing can be downloaded from it. Codes: <see cref="ResolveErrors"/>.</summary>
public sealed class ResolveException(string code, string message, Exception? inner = null)
    : TelegramException(
        code,
        message,
        code is ResolveErrors.SourcePrivate ? Remedy.AnotherAccount : Remedy.None,
        inner
    );

/// <summary>Stable codes of <see cref="ResolveException"/>.</summary>
public static class ResolveErrors
{
    /// <summary>A form of link that leads to no file: live stories, bots, users.</summary>
    public const string LinkUnsupported = "link_unsupported";

    /// <summary>No such chat, or no such message in it.</summary>
    public const string MessageNotFound = "message_not_found";

    /// <summary>The message holds no file.</summary>
    public const string NoMedia = "no_media";

    /// <summary>The account is not in the chat.</summary>
    public const string SourcePrivate = "source_private";

    /// <summary>An invitation to a chat that the account can read: a message of it must be linked.</summary>
    public const string InviteNamesNoMessage = "invite_names_no_message";

    /// <summary>More files than one link may ask for.</summary>
    public const string TooManyItems = "too_many_items";
}

/// <summary>Logging in failed. Codes: <see cref="LoginErrors"/>.</summary>
public sealed class LoginException(string code, string message, Exception? inner = null)
    : TelegramException(code, message, Remedy.None, inner);

/// <summary>Stable codes of <see cref="LoginException"/>.</summary>
public static class LoginErrors
{
    /// <summary>Not a phone number, or not one that may log in.</summary>
    public const string PhoneInvalid = "phone_invalid";

    /// <summary>The number has no account; this client registers none.</summary>
    public const string PhoneUnregistered = "phone_unregistered";

    /// <summary>Telegram closed the account or the number.</summary>
    public const string Banned = "account_banned";

    /// <summary>The code is wrong.</summary>
    public const string CodeInvalid = "code_invalid";

    /// <summary>The code is too old; ask for another.</summary>
    public const string CodeExpired = "code_expired";

    /// <summary>The account has two-step verification; its password is needed.</summary>
    public const string PasswordNeeded = "password_needed";

    /// <summary>The password is wrong.</summary>
    public const string PasswordInvalid = "password_invalid";

    /// <summary>The bot token is wrong or was revoked.</summary>
    public const string BotTokenInvalid = "bot_token_invalid";

    /// <summary>Telegram does not know the api_id and api_hash.</summary>
    public const string ApiIdInvalid = "api_id_invalid";

    /// <summary>The server's password challenge would give the password away.</summary>
    public const string Unsafe = "srp_unsafe";

    /// <summary>The session exists, but is not logged in: never was, logged out, or revoked.</summary>
    public const string LoggedOut = "logged_out";

    /// <summary>The same session is used somewhere else; Telegram closed it for good.</summary>
    public const string Duplicated = "session_duplicated";

    /// <summary>Telegram wants a step that this client does not have, such as an e-mail address.</summary>
    public const string Unsupported = "login_unsupported";
}

/// <summary>The account has made as many calls as it is allowed: nothing was sent. Another account may have some left.</summary>
public sealed class BudgetException(string method, TimeSpan retryAfter)
    : TelegramException(
        "flood",
        $"The account makes its next {method} in {retryAfter.TotalSeconds:0.0} s.",
        Remedy.Wait
    )
{
    /// <summary>When there is one left again, from now.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>Telegram asks this account to wait longer than the caller wants to sleep.</summary>
public sealed class FloodException(string method, TimeSpan retryAfter, Exception? inner = null)
    : TelegramException(
        "flood",
        $"Telegram asks to wait {retryAfter.TotalSeconds:0} s before {method}.",
        Remedy.Wait,
        inner
    )
{
    /// <summary>The call that was refused.</summary>
    public string Method => method;

    /// <summary>How long, from the moment of the refusal.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>No takeout, or not any more. Codes: <see cref="TakeoutErrors"/>.</summary>
public sealed class TakeoutException(string code, string message, TimeSpan retryAfter, Exception? inner = null)
    : TelegramException(code, message, retryAfter > TimeSpan.Zero ? Remedy.Wait : Remedy.None, inner)
{
    /// <summary>When to try again, from the moment of the refusal; zero when that does not help.</summary>
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>Stable codes of <see cref="TakeoutException"/>.</summary>
public static class TakeoutErrors
{
    /// <summary>TAKEOUT_INIT_DELAY_X: the account may begin one only later, or once its owner allows it in an app.</summary>
    public const string Delayed = "takeout_delayed";

    /// <summary>Telegram ended the takeout, and the one begun in its place too.</summary>
    public const string Refused = "takeout_refused";
}

/// <summary>Telegram could not be reached, or kept failing, for as long as the caller was willing to try.</summary>
public sealed class UnavailableException(string message, Exception? inner = null)
    : TelegramException("telegram_unavailable", message, Remedy.Later, inner);

/// <summary>A file cannot be read to its end. Codes: <see cref="MediaErrors"/>.</summary>
public sealed class MediaException(string code, string message, Remedy remedy, Exception? inner = null)
    : TelegramException(code, message, remedy, inner);

/// <summary>Stable codes of <see cref="MediaException"/>.</summary>
public static class MediaErrors
{
    /// <summary>A part has another length than the file's size demands.</summary>
    public const string PartLength = "part_length";

    /// <summary>The answer is not a part of a file.</summary>
    public const string PartContent = "part_content";

    /// <summary>A part does not have the hash that Telegram gives for it, not even when it was fetched again.</summary>
    public const string HashMismatch = "hash_mismatch";

    /// <summary>The server, or somebody between, broke the protocol: wrong hash, garbage frame.</summary>
    public const string ProtocolViolation = "protocol_violation";

    /// <summary>The file reference stays refused though it was renewed.</summary>
    public const string FileReference = "file_reference_expired";

    /// <summary>The file moved to another data centre, and nobody can go there.</summary>
    public const string FileMigrated = "file_migrated";

    /// <summary>Telegram does not take the data centre's address for one, and gives no better one.</summary>
    public const string Address = "dc_address";

    /// <summary>The data centre does not accept the auth key.</summary>
    public const string KeyRejected = "key_rejected";

    /// <summary>Telegram gives the file from a CDN only, and that cannot be reached or trusted.</summary>
    public const string CdnUnavailable = "cdn_unavailable";

    /// <summary>Telegram refuses the request for a part for good.</summary>
    public const string Refused = "part_refused";
}
