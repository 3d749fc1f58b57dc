using System.ComponentModel.DataAnnotations;
using Fleet.Jobs;

namespace Fleet.Intake.Limits;

/// <summary>What every tenant may ask for, unless it has limits of its own. Section <c>Limits</c>.</summary>
public sealed record LimitsOptions
{
    /// <summary>Requests to the API within a minute. Default 6000.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerMinute { get; init; } = 6_000;

    /// <summary>Jobs made within a day. Default: any number.</summary>
    [Range(1, 100_000_000)]
    public int? JobsPerDay { get; init; }

    /// <summary>Jobs that have not ended. Default: any number.</summary>
    [Range(1, 100_000_000)]
    public int? ActiveJobs { get; init; }

    /// <summary>Bytes of the files of jobs made within 24 hours. Default: any number.</summary>
    [Range(1, long.MaxValue)]
    public long? BytesPerDay { get; init; }

    /// <summary>The limits of a caller.</summary>
    public TenantLimits Of(Caller caller) =>
        caller.Limits.Or(
            new()
            {
                RequestsPerMinute = RequestsPerMinute,
                JobsPerDay = JobsPerDay,
                ActiveJobs = ActiveJobs,
                BytesPerDay = BytesPerDay,
            }
        );
}
