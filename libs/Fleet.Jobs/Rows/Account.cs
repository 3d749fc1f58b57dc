namespace Fleet.Jobs.Rows;

/// <summary>Whether an account can be used.</summary>
public enum AccountState
{
    /// <summary>It can.</summary>
    Active,

    /// <summary>Telegram asked it to wait; other classes of methods and data centres may be open.</summary>
    Flooded,

    /// <summary>It is spared for a while after a warning.</summary>
    Cooling,

    /// <summary>An operator took it out: no lease, no connection.</summary>
    Disabled,

    /// <summary>An operator is taking it out: no new lease, those that run end by themselves.</summary>
    Draining,

    /// <summary>Telegram does not know the login any more; it must be logged in again.</summary>
    LoggedOut,

    /// <summary>Telegram closed the account.</summary>
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

    /// <summary>Why it is in its state: an operator's words, or Telegram's error. At most 200 characters.</summary>
    public string? StateReason { get; set; }

    /// <summary>Since when it is in its state.</summary>
    public DateTimeOffset StateAt { get; set; }

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
