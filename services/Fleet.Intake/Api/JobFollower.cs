using System.Runtime.CompilerServices;
using System.Text.Json;
using Fleet.Hosting;
using Fleet.Jobs;

namespace Fleet.Intake.Api;

/// <summary>What happens to one job, read from Postgres: any replica can go on where another one stopped.</summary>
/// <param name="seen">Number of the last entry of its history that was told before; 0 when nothing was.</param>
sealed class JobFollower(JobStore jobs, Guid tenantId, JobWithFiles found, long seen, Uri? publicUrl)
{
    JobWithFiles _found = found;
    DateTimeOffset? _progressAt = found.Job.ProgressAt;

    public Guid JobId => _found.Job.Id;

    /// <summary>Number of the last entry of the job's history that was told.</summary>
    public long Seq { get; private set; } = seen > 0 ? seen : found.Job.EventSeq; // a new client needs only the present state

    /// <summary>The end of the job was told.</summary>
    public bool IsOver { get; private set; } = JobStates.IsFinal(found.Job.Status) && seen >= found.Job.EventSeq;

    /// <summary>The state in which the job was found.</summary>
    public JobNews Snapshot() => new("snapshot", Describe());

    /// <summary>What has happened since: history, then progress, then the end.</summary>
    public async IAsyncEnumerable<JobNews> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var entry in await jobs.ReadHistoryAsync(JobId, Seq, ct))
        {
            Seq = entry.Seq;
            yield return new(entry.Type, entry.Data);
        }
        _found = await jobs.FindOrNullAsync(tenantId, JobId, ct) ?? throw JobEndpoints.NotFound(JobId);
        if (JobStates.IsFinal(_found.Job.Status) && Seq >= _found.Job.EventSeq)
        {
            IsOver = true;
            yield return new("end", Describe());
        }
        else if (_found.Job.ProgressAt != _progressAt)
        {
            _progressAt = _found.Job.ProgressAt;
            yield return new("progress", Describe());
        }
    }

    string Describe() =>
        JsonSerializer.Serialize(JobResource.Of(_found.Job, _found.Files, publicUrl), FleetJson.Options);
}

/// <summary>Something to tell of a job.</summary>
/// <param name="Name">Name of the event.</param>
/// <param name="Json">A JSON object without line breaks.</param>
readonly record struct JobNews(string Name, string Json);
