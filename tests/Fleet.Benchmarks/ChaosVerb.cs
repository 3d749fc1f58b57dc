using System.Globalization;
using Fleet.Testing;
using Fleet.Testing.Chaos;

namespace Fleet.Benchmarks;

/// <summary><c>./fleet chaos</c>: what a run of chaos must and may cost, as figures.</summary>
static class ChaosVerb
{
    public const string Verb = "chaos";

    const double LongestRecovery = 75;
    const double LongestWithoutConsumers = 30;
    const int ShownJobs = 10;

    /// <returns>0 when nothing was lost and every bound held, 1 otherwise, 2 for unknown options.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (ParseOrNull(args) is not { } options)
        {
            await Console.Error.WriteLineAsync("usage: chaos [--seed N] [--short]");
            return 2;
        }
        try
        {
            var run = await ChaosRun.RunAsync(options, line => Console.WriteLine($"{Clock()}  {line}"));
            return Show(run) ? 0 : 1;
        }
        finally
        {
            await Backends.StopAsync();
        }
    }

    static ChaosOptions? ParseOrNull(string[] args)
    {
        var seed = (int)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() & 0xFFFFFF);
        var isShort = false;
        for (var i = 0; i < args.Length; i++)
            if (args[i] is "--short")
                isShort = true;
            else if (
                args[i] is "--seed"
                && i + 1 < args.Length
                && int.TryParse(args[++i], CultureInfo.InvariantCulture, out var given)
            )
                seed = given;
            else
                return null;
        return isShort ? ChaosOptions.Short(seed) : ChaosOptions.Full(seed);
    }

    static bool Show(ChaosReport run)
    {
        var report = new Report(Console.Out);
        foreach (var job in run.Lost.Take(ShownJobs))
            report.Note($"lost: {job}");
        report.Note($"{run.Jobs} jobs, {run.Faults} faults");
        (string Name, double Count)[] never =
        [
            ("jobs lost", run.Lost.Count),
            ("jobs with a wrong file", run.Wrong),
            ("jobs that did not end exactly once", run.NotOnce),
            ("writes without a claim", run.OutOfTurn),
            ("calls despite a flood wait", run.DespiteFlood),
        ];
        foreach (var (name, count) in never)
            report.Add(new(name, count, ""));
        var recovery = new Figure(
            "recovery of a job, p99",
            run.RecoveryP99.TotalSeconds,
            "s",
            "bound",
            LongestRecovery,
            1
        );
        var consumers = new Figure(
            "longest time without consumers",
            run.WithoutConsumers.TotalSeconds,
            "s",
            "bound",
            LongestWithoutConsumers,
            1
        );
        report.Add(recovery);
        report.Add(consumers);
        return never.All(figure => figure.Count == 0) && recovery.Met is true && consumers.Met is true;
    }

    static string Clock() => TimeProvider.System.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
