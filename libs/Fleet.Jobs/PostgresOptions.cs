using System.ComponentModel.DataAnnotations;

namespace Fleet.Jobs;

/// <summary>Which database to use. Section <c>Postgres</c>.</summary>
public sealed record PostgresOptions
{
    /// <summary>Npgsql connection string.</summary>
    [Required]
    public string ConnectionString { get; init; } = "";

    /// <summary>Hides the password.</summary>
    public override string ToString() => nameof(PostgresOptions);
}

/// <summary>How jobs are leased and described. Section <c>Jobs</c>.</summary>
public sealed record JobsOptions
{
    /// <summary>A worker that does not renew for this long has lost the job. Renew every quarter of it. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Public address of the API, put before the links in job documents and webhooks. Default none: links are paths.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Finished jobs, their history and deliveries are forgotten after this. Default 30 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepFinished { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Files that no job refers to any more answer new jobs for this long after they were last asked for; then they are deleted. Default 24 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan KeepAssets { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Idempotency keys are forgotten after this; the documented minimum is 24 h. Default 24 h.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "30.00:00:00")]
    public TimeSpan KeepIdempotencyKeys { get; init; } = TimeSpan.FromHours(24);
}
