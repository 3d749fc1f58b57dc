using System.Globalization;
using Fleet.Hosting;
using Fleet.Intake.Api;
using Fleet.Jobs;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Limits;

/// <summary>
/// Holds callers to their limits and tells them where they stand (RateLimit-Policy, RateLimit). Counted in Redis, so that all replicas count
/// together; while Redis is away nothing is refused for its rate, since a limit protects the service and no promise depends on it.
/// </summary>
/// <remarks>https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers</remarks>
sealed class RateLimits(RedisLink redis, UsageStore usage, IOptions<LimitsOptions> options, TimeProvider time)
{
    static readonly RedisScript Script = RedisScript.Embedded(typeof(RateLimits), "gcra.lua");
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>When to ask again for what ends with somebody's jobs, and not with time.</summary>
    static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(60);

    /// <summary>Counts a request.</summary>
    /// <exception cref="ProblemException">rate_limited.</exception>
    public async Task CheckRequestAsync(HttpContext http, Caller caller)
    {
        var limits = Of(caller);
        http.Response.Headers["RateLimit-Policy"] = PoliciesOf(limits);
        if (limits.RequestsPerMinute is not { } most)
            return;
        var taken = await TakeOrNullAsync(caller, "requests", most, Minute, 1, http.RequestAborted);
        if (taken is null)
            return;
        Tell(http, "requests", taken);
        if (!taken.IsTaken)
        {
            throw new ProblemException(IntakeProblems.RateLimited, $"At most {most} requests within a minute.")
            {
                RetryAt = time.GetUtcNow() + taken.Wait,
            };
        }
    }

    /// <summary>Counts jobs that are about to be made.</summary>
    /// <exception cref="ProblemException">quota_exceeded.</exception>
    public async Task TakeJobsAsync(HttpContext http, int jobs)
    {
        var (caller, ct) = (http.Caller(), http.RequestAborted);
        var limits = Of(caller);
        if (limits.ActiveJobs is { } active)
        {
            if (await usage.CountActiveAsync(caller.TenantId, active, ct) + jobs > active)
                throw Exceeded($"At most {active} jobs that have not ended.", AskAgain);
        }
        if (limits.BytesPerDay is { } bytes && await usage.BytesTodayAsync(caller.TenantId, ct) >= bytes)
            throw Exceeded($"At most {bytes} bytes within 24 hours.", AskAgain);
        if (
            limits.JobsPerDay is not { } perDay
            || await TakeOrNullAsync(caller, "jobs", perDay, Day, jobs, ct) is not { } taken
        )
        {
            return;
        }
        Tell(http, "jobs", taken);
        if (!taken.IsTaken)
            throw Exceeded($"At most {perDay} jobs within a day.", taken.Wait);
    }

    /// <summary>The jobs were not made after all: they had been made before.</summary>
    public async Task ReturnJobsAsync(HttpContext http, int jobs)
    {
        if (Of(http.Caller()).JobsPerDay is { } perDay)
            await TakeOrNullAsync(http.Caller(), "jobs", perDay, Day, -jobs, http.RequestAborted);
    }

    /// <summary>The limits of a caller.</summary>
    public TenantLimits Of(Caller caller) => options.Value.Of(caller);

    async Task<Taken?> TakeOrNullAsync(
        Caller caller,
        string policy,
        int limit,
        TimeSpan period,
        int units,
        CancellationToken ct
    )
    {
        try
        {
            var answer = await redis.RunAsync(
                db =>
                    Script.RunAsync(
                        db,
                        [$"fleet:rate:{{{caller.TenantId:n}}}:{policy}"],
                        limit,
                        (long)period.TotalMilliseconds,
                        units
                    ),
                ct
            );
            var values = (long[])answer;
            return new(
                values[0] == 1,
                values[1],
                TimeSpan.FromMilliseconds(values[2]),
                TimeSpan.FromMilliseconds(values[3])
            );
        }
        catch (RedisDownException)
        {
            return null;
        }
    }

    static void Tell(HttpContext http, string policy, Taken taken) =>
        http.Response.Headers.Append(
            "RateLimit",
            string.Create(
                CultureInfo.InvariantCulture,
                $"\"{policy}\";r={taken.Left};t={Math.Ceiling((taken.IsTaken ? taken.Full : taken.Wait).TotalSeconds)}"
            )
        );

    static string PoliciesOf(TenantLimits limits)
    {
        var policies = new List<string>();
        if (limits.RequestsPerMinute is { } requests)
            policies.Add(FormattableString.Invariant($"\"requests\";q={requests};w=60"));
        if (limits.JobsPerDay is { } jobs)
            policies.Add(FormattableString.Invariant($"\"jobs\";q={jobs};w=86400"));
        if (limits.ActiveJobs is { } active)
            policies.Add(FormattableString.Invariant($"\"active\";q={active};qu=\"concurrent-requests\""));
        if (limits.BytesPerDay is { } bytes)
            policies.Add(FormattableString.Invariant($"\"bytes\";q={bytes};qu=\"content-bytes\";w=86400"));
        return string.Join(", ", policies);
    }

    ProblemException Exceeded(string detail, TimeSpan wait) =>
        new(IntakeProblems.QuotaExceeded, detail) { RetryAt = time.GetUtcNow() + wait };

    /// <param name="Left">Units that can still be taken at once.</param>
    /// <param name="Wait">Until as many as were asked for can be taken, when they were not.</param>
    /// <param name="Full">Until all units are there again.</param>
    sealed record Taken(bool IsTaken, long Left, TimeSpan Wait, TimeSpan Full);
}
