using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Worlds;

/// <summary>A user or bot that can log in. Accounts see chats only as members, except public ones.</summary>
public sealed class EmulatedAccount
{
    /// <summary>Positive, unique over users and bots.</summary>
    public required long UserId { get; init; }

    public required string FirstName { get; init; }
    public string? Username { get; init; }

    /// <summary>Digits without plus sign; null for bots.</summary>
    public string? Phone { get; init; }

    /// <summary>The login code that auth.signIn takes; always the same. Null for bots.</summary>
    public string? Code { get; init; }

    /// <summary>The two-step password; null when the account has none.</summary>
    public string? Password { get; init; }

    /// <summary>Null for users.</summary>
    public string? BotToken { get; init; }

    public bool Premium { get; init; }

    /// <summary>The data centre where the account lives; logging in elsewhere is answered by a MIGRATE error.</summary>
    public required int HomeDc { get; init; }

    public bool IsBot => BotToken is not null;

    internal PasswordVerifier? Verifier { get; init; }

    /// <summary>Neither phone, nor code, nor token.</summary>
    public override string ToString() => $"{(IsBot ? "bot" : "user")} {UserId}";
}
