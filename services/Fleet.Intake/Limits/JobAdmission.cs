namespace Fleet.Intake.Limits;

/// <summary>The place that new jobs take in their tenant's quotas: given back when they turn out to have been made before.</summary>
sealed class JobAdmission(RateLimits limits, HttpContext http, int jobs)
{
    bool _isTaken;

    /// <exception cref="Hosting.ProblemException">quota_exceeded.</exception>
    public async Task TakeAsync()
    {
        await limits.TakeJobsAsync(http, jobs);
        _isTaken = true;
    }

    public async Task ReturnAsync()
    {
        if (_isTaken)
            await limits.ReturnJobsAsync(http, jobs);
    }
}
