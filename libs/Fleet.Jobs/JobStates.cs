using System.Text;

namespace Fleet.Jobs;

/// <summary>Where a job stands. The last three are final: nothing changes them, but that the owner may ask to try a failed one again.</summary>
public enum JobStatus
{
    /// <summary>Waits for a worker, or for its <c>run_at</c>.</summary>
    Queued,

    /// <summary>A worker holds its lease.</summary>
    Running,

    /// <summary>A worker holds its lease and has been asked to stop.</summary>
    Canceling,

    /// <summary>Its files are stored and verified.</summary>
    Succeeded,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>Its owner called it off.</summary>
    Canceled,
}

/// <summary>What can happen to a job.</summary>
public enum JobEvent
{
    /// <summary>A worker took it.</summary>
    Claimed,

    /// <summary>The worker ended its slice of work and gives it back at once.</summary>
    Yielded,

    /// <summary>Telegram or the fleet makes it wait; no fault of its own.</summary>
    Postponed,

    /// <summary>An attempt failed in a way that may pass.</summary>
    Retried,

    /// <summary>The worker stopped renewing its lease.</summary>
    LeaseLost,

    /// <summary>As before, for the last time that is allowed.</summary>
    WorkerLost,

    /// <summary>The worker stored and verified the files.</summary>
    Succeeded,

    /// <summary>An attempt failed for good, or was the last one.</summary>
    Failed,

    /// <summary>The owner asked to call it off.</summary>
    CancelAsked,

    /// <summary>The worker stopped because it was asked to.</summary>
    CancelDone,

    /// <summary>Another job is fetching the same file: this one waits for it.</summary>
    Attached,

    /// <summary>The file that it waited for is stored, and it was the last one.</summary>
    AssetReady,

    /// <summary>The file that it waited for cannot be had.</summary>
    AssetFailed,

    /// <summary>The owner asked to try it again.</summary>
    RetryAsked,
}

/// <summary>The job's state machine: one total function. The database's CHECK constraints and the README's table agree with it, and tests prove that.</summary>
public static class JobStates
{
    /// <summary>The status after <paramref name="happened"/>; null when that cannot happen in this status and nothing is to be written.</summary>
    public static JobStatus? Next(JobStatus status, JobEvent happened) =>
        (status, happened) switch
        {
            (JobStatus.Queued, JobEvent.Claimed) => JobStatus.Running,
            (JobStatus.Queued, JobEvent.CancelAsked) => JobStatus.Canceled,
            (JobStatus.Queued, JobEvent.AssetReady) => JobStatus.Succeeded,
            (JobStatus.Queued, JobEvent.AssetFailed) => JobStatus.Failed,

            (JobStatus.Running, JobEvent.Yielded) => JobStatus.Queued,
            (JobStatus.Running, JobEvent.Attached) => JobStatus.Queued,
            (JobStatus.Running, JobEvent.Postponed) => JobStatus.Queued,
            (JobStatus.Running, JobEvent.Retried) => JobStatus.Queued,
            (JobStatus.Running, JobEvent.LeaseLost) => JobStatus.Queued,
            (JobStatus.Running, JobEvent.WorkerLost) => JobStatus.Failed,
            (JobStatus.Running, JobEvent.Succeeded) => JobStatus.Succeeded,
            (JobStatus.Running, JobEvent.Failed) => JobStatus.Failed,
            (JobStatus.Running, JobEvent.CancelAsked) => JobStatus.Canceling,

            (JobStatus.Canceling, JobEvent.CancelDone) => JobStatus.Canceled,
            (JobStatus.Canceling, JobEvent.LeaseLost) => JobStatus.Canceled,
            (JobStatus.Canceling, JobEvent.WorkerLost) => JobStatus.Canceled,
            (JobStatus.Canceling, JobEvent.CancelAsked) => JobStatus.Canceling,

            (JobStatus.Failed, JobEvent.RetryAsked) => JobStatus.Queued,
            (JobStatus.Canceled, JobEvent.CancelAsked) => JobStatus.Canceled,
            _ => null,
        };

    /// <summary>True when nothing happens to the job any more by itself.</summary>
    public static bool IsFinal(JobStatus status) =>
        status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Canceled;

    /// <summary>The function as a Markdown table: a row per status, a column per event, "–" where nothing happens.</summary>
    public static string ToMarkdown()
    {
        var events = Enum.GetValues<JobEvent>();
        var table = new StringBuilder("| status |");
        foreach (var happened in events)
            table.Append(' ').Append(EnumText.Of(happened)).Append(" |");
        table.Append("\n|---|").Insert(table.Length, "---|", events.Length).Append('\n');
        foreach (var status in Enum.GetValues<JobStatus>())
        {
            table.Append("| ").Append(EnumText.Of(status)).Append(" |");
            foreach (var happened in events)
                table.Append(' ').Append(Next(status, happened) is { } next ? EnumText.Of(next) : "–").Append(" |");
            table.Append('\n');
        }
        return table.ToString();
    }
}
