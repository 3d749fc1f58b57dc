namespace Fleet.Cli;

/// <summary>Follows jobs to their end.</summary>
sealed class JobWatch(FleetApi api, TimeProvider time)
{
    const int MaxFailuresInRow = 20;
    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>Polls a job until it has ended; a service that restarts meanwhile is waited for.</summary>
    /// <param name="id">The job.</param>
    /// <param name="show">Called with every state read.</param>
    /// <param name="ct">Ends the watch; the job goes on.</param>
    public async Task<JobView> UntilEndedAsync(Guid id, Action<JobView> show, CancellationToken ct)
    {
        var failures = 0;
        while (true)
        {
            try
            {
                var job = await api.GetAsync(id, ct);
                failures = 0;
                show(job);
                if (job.HasEnded)
                    return job;
            }
            catch (FailureException) when (++failures < MaxFailuresInRow)
            {
                await Task.Delay(PauseAfterFailure, time, ct);
            }
            await Task.Delay(PollInterval, time, ct);
        }
    }
}
