using System.Collections.Concurrent;
using System.Diagnostics;

namespace Fleet.Benchmarks;

/// <summary>Calls at an even rate, which wait for nobody's answer.</summary>
static class Pace
{
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Begins so many calls a second, and ends when the last has been answered.</summary>
    public static async Task RunAsync(int perSecond, TimeSpan duration, Func<Task> call)
    {
        var total = (int)(perSecond * duration.TotalSeconds);
        var calls = new List<Task>(total);
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        while (calls.Count < total && await timer.WaitForNextTickAsync())
        {
            var due = Math.Min(total, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond));
            while (calls.Count < due)
                calls.Add(call());
        }
        await Task.WhenAll(calls);
    }

    /// <summary>What each of a call's repetitions at an even rate took, in milliseconds, sorted.</summary>
    public static async Task<IReadOnlyList<double>> MeasureAsync(int perSecond, TimeSpan duration, Func<Task> call)
    {
        var times = new ConcurrentBag<double>();
        await RunAsync(perSecond, duration, async () => times.Add(await MillisecondsAsync(call)));
        return [.. times.Order()];
    }

    public static async Task<double> MillisecondsAsync(Func<Task> call)
    {
        var start = Stopwatch.GetTimestamp();
        await call();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
