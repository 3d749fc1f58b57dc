using System.Globalization;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>The header <c>Prefer: wait=SECONDS</c>: the answer may come that much later, if the job has ended then.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc7240#section-4.3</remarks>
sealed class PreferWait(IOptions<IntakeOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    int _waiting;

    /// <summary>Waits as the caller prefers, at most a minute; not at all while as many wait as may, or when the service stops.</summary>
    /// <param name="isOver">Whether there is nothing left to wait for.</param>
    /// <returns>False when there was no wait, so that what was read before still holds.</returns>
    public async Task<bool> WaitAsync(HttpContext http, Func<Task<bool>> isOver)
    {
        if (ReadOrNull(http.Request) is not { } wait)
            return false;
        try
        {
            if (Interlocked.Increment(ref _waiting) > options.Value.MaxWaits)
                return false;
            http.Response.Headers["Preference-Applied"] = string.Create(
                CultureInfo.InvariantCulture,
                $"wait={wait.TotalSeconds:0}"
            );
            var began = time.GetTimestamp();
            while (
                !await isOver()
                && time.GetElapsedTime(began) < wait
                && !lifetime.ApplicationStopping.IsCancellationRequested
            )
            {
                await Task.Delay(PollEvery, time, http.RequestAborted);
            }
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    static TimeSpan? ReadOrNull(HttpRequest request)
    {
        var preferences = request.Headers["Prefer"].SelectMany(line => (line ?? "").Split(',', ';'));
        foreach (var preference in preferences)
        {
            if (
                preference.Split('=', StringSplitOptions.TrimEntries) is ["wait", var text]
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            )
            {
                var wait = TimeSpan.FromSeconds(seconds);
                return wait < Longest ? wait : Longest;
            }
        }
        return null;
    }
}
