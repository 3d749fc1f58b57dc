namespace Fleet.Jobs.Rows;

/// <summary>Whether an account can be used.</summary>
public enum AccountState
{
    Active,
    Flooded,
    Cooling,
    LoggedOut,
    Banned,
}

/// <summary>A Telegram account of the fleet. Everything secret is in <see cref="Sealed"/>; only the broker has the key.</summary>
public sealed class Account
{
    /// <summary>Opaque short id.</summary>
    public required string Id { get; init; }

    /// <summary>The operator's name for it; no phone number.</summary>
    public string? Label { get; set; }

    public AccountState State { get; set; }

    /// <summary>Telegram's id of the user or bot; unique.</summary>
    public long UserId { get; init; }

    public bool IsBot { get; init; }
    public bool IsPremium { get; set; }

    /// <summary>Data centre of the main session.</summary>
    public int HomeDc { get; set; }

    /// <summary>Which sealing key opens <see cref="Sealed"/>.</summary>
    public required string KeyId { get; set; }

    public required byte[] Sealed { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>An authorised key of an account in a data centre other than its home.</summary>
public sealed class AccountDcKey
{
    public required string AccountId { get; init; }
    public int Dc { get; init; }
    public required string KeyId { get; set; }
    public required byte[] Sealed { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Until when an account must not call a class of methods in a data centre.</summary>
public sealed class AccountFlood
{
    public required string AccountId { get; init; }
    public int Dc { get; init; }

    /// <summary>For example download, resolve.</summary>
    public required string MethodClass { get; init; }

    public DateTimeOffset Until { get; set; }

    /// <summary>When it was announced, the last time; null: before this was noted.</summary>
    public DateTimeOffset? Since { get; set; }
}

/// <summary>Which broker replica runs an account's main session. Writes are fenced.</summary>
public sealed class AccountOwner
{
    public required string AccountId { get; init; }

    /// <summary>The replica, as host:pid.</summary>
    public required string Owner { get; set; }

    /// <summary>Rises with every change of owner.</summary>
    public long Fence { get; set; }

    public DateTimeOffset Until { get; set; }
}
