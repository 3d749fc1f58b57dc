using System.Globalization;

namespace Fleet.Cli;

/// <summary>Shows several jobs: a bar for each on a terminal, else a line whenever something worth a line happens.</summary>
sealed class ProgressBoard(TextWriter to, bool terminal, IReadOnlyList<string> names)
{
    const int BarWidth = 28;
    const int LineStepPercent = 25;
    const double MiB = 1 << 20;

    readonly string[] _lines = new string[names.Count];
    readonly string[] _last = new string[names.Count];
    bool _drawn;

    /// <summary>Writes to standard output.</summary>
    public static ProgressBoard OnConsole(params string[] names) =>
        new(Console.Out, !Console.IsOutputRedirected, names);

    /// <summary>Shows the present state of the job at <paramref name="row"/>.</summary>
    public void Show(int row, JobView job)
    {
        _lines[row] = Line(names[row].PadRight(names.Max(name => name.Length)), job);
        if (terminal)
        {
            Redraw();
            return;
        }
        var news = $"{job.Doing} {Percent(job) / LineStepPercent}";
        if (news != _last[row])
            to.WriteLine(_lines[row]);
        _last[row] = news;
    }

    /// <summary>0 to 100.</summary>
    public static int Percent(JobView job) =>
        job switch
        {
            { Status: "succeeded" } => 100,
            { Progress: { BytesTotal: > 0 } progress } => (int)(100 * progress.BytesDone / progress.BytesTotal.Value),
            _ => 0,
        };

    /// <summary>One job in one line.</summary>
    public static string Line(string name, JobView job)
    {
        var filled = Percent(job) * BarWidth / 100;
        var bar = new string('#', filled) + new string('-', BarWidth - filled);
        var bytes = job.Progress is { } p
            ? string.Create(CultureInfo.InvariantCulture, $"{p.BytesDone / MiB, 7:0.0} MiB")
            : "";
        var rate = job is { HasEnded: false, Progress.BytesPerSecond: { } bytesPerSecond }
            ? string.Create(CultureInfo.InvariantCulture, $" {bytesPerSecond / MiB:0.0} MiB/s")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} [{bar}] {Percent(job), 3}%{bytes}{rate} {job.Doing}"
        );
    }

    void Redraw()
    {
        if (_drawn)
            to.Write($"\e[{_lines.Length}A");
        _drawn = true;
        foreach (var line in _lines)
            to.Write($"\r\e[2K{line}\n");
        to.Flush();
    }
}
