using System.Text.Json.Serialization;

namespace Fleet.Broker.Admin;

/// <summary>An account as operators see it: GET /internal/v1/admin/accounts/{id}, and what every deed on it answers.</summary>
sealed record AccountStatus
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The operator's name for it.</summary>
    public string? Label { get; init; }

    /// <summary>active, flooded, cooling, disabled, draining, logged_out or banned.</summary>
    public required string State { get; init; }

    /// <summary>Why: an operator's words, or Telegram's error.</summary>
    public string? Reason { get; init; }

    /// <summary>Since when it is in the state that is stored: flooded is active with floods.</summary>
    public required DateTimeOffset StateAt { get; init; }

    /// <summary>Data centre of the main session.</summary>
    public required int HomeDc { get; init; }

    /// <summary>True for a bot.</summary>
    public required bool IsBot { get; init; }

    /// <summary>True while the user has Telegram Premium.</summary>
    public required bool IsPremium { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The replica that runs, or last ran and may still run, its main session; null when none does.</summary>
    public string? Owner { get; init; }

    /// <summary>Waits that Telegram asked for and that are not over.</summary>
    public required FloodStatus[] Floods { get; init; }
}

/// <summary>A wait, for a class of methods (download, resolve) in a data centre.</summary>
sealed record FloodStatus(int Dc, string Class, DateTimeOffset Until);

/// <summary>GET /internal/v1/admin/accounts.</summary>
sealed record AccountList
{
    /// <summary>In the order they were added.</summary>
    public required AccountStatus[] Accounts { get; init; }
}

/// <summary>Body of POST …/disable, …/enable and …/drain and of DELETE; may be missing.</summary>
sealed record AccountDeed
{
    /// <summary>Why, for the next operator. At most 200 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>DELETE only: the account goes though Telegram could not be told to end the login.</summary>
    public bool Force { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AccountStatus))]
[JsonSerializable(typeof(AccountList))]
[JsonSerializable(typeof(AccountDeed))]
sealed partial class AdminJson : JsonSerializerContext;
