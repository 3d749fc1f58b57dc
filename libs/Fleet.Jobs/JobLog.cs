using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Writes a job's history.</summary>
static class JobLog
{
    /// <summary>Appends an entry under the job's next number. The caller's transaction holds the job's row.</summary>
    public static Task AppendAsync<T>(FleetDb db, Guid jobId, string type, T data, CancellationToken ct)
    {
        var json = JsonSerializer.Serialize(data, JobJson.Options);
        return db.Database.ExecuteSqlAsync(
            $"""
            with job as (update job set event_seq = event_seq + 1 where id = {jobId} returning event_seq)
            insert into job_event (job_id, seq, type, data, created_at)
            select {jobId}, event_seq, {type}, {json}::jsonb, now() from job
            """,
            ct
        );
    }
}
