namespace Fleet.Jobs;

/// <summary>A job may be claimable. Carries nothing but the id: Postgres knows the rest.</summary>
public sealed record JobQueued(Guid JobId);

/// <summary>Which slots a job waits for.</summary>
public enum JobQueue
{
    /// <summary>A person waits for it.</summary>
    Interactive,

    /// <summary>It may wait behind the others.</summary>
    Bulk,
}

/// <summary>Names of the queues on RabbitMQ.</summary>
public static class JobQueues
{
    /// <summary>fleet.jobs.interactive.</summary>
    public const string Interactive = "fleet.jobs.interactive";

    /// <summary>fleet.jobs.bulk.</summary>
    public const string Bulk = "fleet.jobs.bulk";

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> All { get; } = [Interactive, Bulk];

    /// <summary>The name of a queue on RabbitMQ.</summary>
    public static string NameOf(JobQueue queue) => queue == JobQueue.Interactive ? Interactive : Bulk;
}
