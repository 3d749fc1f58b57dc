namespace Fleet.Jobs;

/// <summary>How much a tenant may ask for; null where nothing bounds it.</summary>
public sealed record TenantLimits
{
    /// <summary>Requests to the API within a minute, at least 1.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Jobs made within a day, at least 1.</summary>
    public int? JobsPerDay { get; init; }

    /// <summary>Jobs that have not ended, at least 1.</summary>
    public int? ActiveJobs { get; init; }

    /// <summary>Bytes of the files of jobs made within the last 24 hours, at least 1.</summary>
    public long? BytesPerDay { get; init; }

    /// <summary>These, and others where these say nothing.</summary>
    public TenantLimits Or(TenantLimits others) =>
        new()
        {
            RequestsPerMinute = RequestsPerMinute ?? others.RequestsPerMinute,
            JobsPerDay = JobsPerDay ?? others.JobsPerDay,
            ActiveJobs = ActiveJobs ?? others.ActiveJobs,
            BytesPerDay = BytesPerDay ?? others.BytesPerDay,
        };
}

/// <summary>What a tenant has used of its limits.</summary>
/// <param name="ActiveJobs">Jobs that have not ended.</param>
/// <param name="JobsToday">Jobs made within the last 24 hours.</param>
/// <param name="BytesToday">Bytes of their files, as far as their links are resolved.</param>
/// <param name="StoredBytes">Bytes of the results that are kept.</param>
public sealed record TenantUsage(long ActiveJobs, long JobsToday, long BytesToday, long StoredBytes);
