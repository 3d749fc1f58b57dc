using System.Text.Json.Serialization;
using Fleet.Sessions;

namespace Fleet.Broker.Accounts;

/// <summary>POST /internal/v1/accounts/{id}/resolve, from one replica to the owner of the account.</summary>
sealed record AccountResolveRequest
{
    /// <summary>A Telegram link of a form that is served.</summary>
    public required string Link { get; init; }

    /// <summary>Join the chat of an invitation first.</summary>
    public bool Join { get; init; }
}

/// <summary>POST /internal/v1/accounts/{id}/locate, from one replica to the owner of the account.</summary>
sealed record LocateRequest
{
    /// <summary>The document or photo.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Which picture of it; null for a document itself.</summary>
    public PictureRef? Picture { get; init; }

    /// <summary>The message that holds it.</summary>
    public required OriginRef Origin { get; init; }
}

/// <summary>POST /internal/v1/accounts/{id}/dc-keys: make the account's key for a data centre, and store it.</summary>
sealed record DcKeyRequest
{
    /// <summary>The data centre.</summary>
    public required int Dc { get; init; }
}

/// <summary>POST /internal/v1/accounts/{id}/cdn: ask the account's session how to reach a CDN data centre.</summary>
sealed record CdnRequest
{
    /// <summary>The data centre.</summary>
    public required int Dc { get; init; }
}

/// <summary>The key is in the store.</summary>
sealed record DcKeyResponse
{
    /// <summary>The data centre.</summary>
    public required int Dc { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AccountResolveRequest))]
[JsonSerializable(typeof(LocateRequest))]
[JsonSerializable(typeof(DcKeyRequest))]
[JsonSerializable(typeof(DcKeyResponse))]
[JsonSerializable(typeof(CdnRequest))]
sealed partial class AccountJson : JsonSerializerContext;
