using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Fleet.Notifier;

/// <summary>How webhooks are delivered. Section <c>Notifier</c>.</summary>
public sealed record NotifierOptions : IValidatableObject
{
    /// <summary>Requests in flight in this process. Default 64.</summary>
    [Range(1, 1024)]
    public int Parallelism { get; init; } = 64;

    /// <summary>Requests in flight to one endpoint from this process, so that a dead one leaves room for the others. Default 4.</summary>
    [Range(1, 64)]
    public int PerEndpoint { get; init; } = 4;

    /// <summary>Time from the first byte of DNS to the last byte of the answer. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Pause between looks at the database when nothing is due. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Networks (CIDR) that may be called though they are not public, over plain http and on any port too: for tests,
    /// demos and receivers inside the operator's own network. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedNetworks { get; init; } = [];

    /// <summary>Host names that are refused with everything below them; put the service's own domains here. Default localhost, internal, local.</summary>
    public IReadOnlyList<string> BlockedHosts { get; init; } = ["localhost", "internal", "local"];

    /// <summary>How long a taken delivery belongs to its taker; then another one may send it again.</summary>
    public TimeSpan Lease => Timeout + TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        AllowedNetworks
            .Where(network => !IPNetwork.TryParse(network, out _))
            .Select(network => new ValidationResult(
                $"'{network}' is no network in CIDR form.",
                [nameof(AllowedNetworks)]
            ));
}
