using System.Text.Json.Serialization;

namespace Fleet.Sessions;

/// <summary>A problem of the internal API (RFC 9457).</summary>
public sealed record BrokerProblem
{
    /// <summary>Always about:blank; <see cref="Code"/> tells.</summary>
    public string Type { get; init; } = "about:blank";

    /// <summary>Short, constant per status.</summary>
    public string? Title { get; init; }

    /// <summary>HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>An entry of <see cref="BrokerCodes"/>.</summary>
    public string? Code { get; init; }

    /// <summary>For people; holds no secret.</summary>
    public string? Detail { get; init; }

    /// <summary>Earliest time at which the same call may succeed.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}

/// <summary>JSON of the internal API: snake_case, nulls left out, source generated.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ResolveRequest))]
[JsonSerializable(typeof(ResolveResponse))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseGrant))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(RenewResponse))]
[JsonSerializable(typeof(LocationRequest))]
[JsonSerializable(typeof(LocationResponse))]
[JsonSerializable(typeof(CdnResponse))]
[JsonSerializable(typeof(BrokerProblem))]
public sealed partial class BrokerJson : JsonSerializerContext;
