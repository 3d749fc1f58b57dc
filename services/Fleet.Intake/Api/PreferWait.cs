using System.Globalization;

namespace Fleet.Intake.Api;

/// <summary>The header <c>Prefer: wait=SECONDS</c>: the answer may come that much later, if the job has ended then.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc7240#section-4.3</remarks>
static class PreferWait
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits as the caller prefers, at most a minute.</summary>
    /// <param name="isOver">Whether there is nothing left to wait for.</param>
    public static async Task WaitAsync(HttpContext http, Func<Task<bool>> isOver, TimeProvider time)
    {
        if (ReadOrNull(http.Request) is not { } wait)
            return;
        http.Response.Headers["Preference-Applied"] = string.Create(
            CultureInfo.InvariantCulture,
            $"wait={wait.TotalSeconds:0}"
        );
        var began = time.GetTimestamp();
        while (!await isOver() && time.GetElapsedTime(began) < wait)
            await Task.Delay(PollEvery, time, http.RequestAborted);
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
