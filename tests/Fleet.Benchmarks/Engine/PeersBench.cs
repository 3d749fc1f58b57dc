using System.Globalization;

namespace Fleet.Benchmarks;

/// <summary>The engine beside clients that others wrote: same emulator, same file, each in a process of its own. Slow ones
/// read only the beginning of the file; how much stands in the figure's name.</summary>
static class PeersBench
{
    const double Mib = 1 << 20;

    /// <summary>gotd/td, the cheapest library client measured in this project: CPU-seconds per GiB.</summary>
    const double BestKnown = 11;

    const int MostGist = 160;

    static readonly (DownloadScript Script, long Bytes)[] Peers =
    [
        (DownloadScript.Foreign("mtcute", "node", "mtcute-download.mjs"), 256L << 20),
        (DownloadScript.Foreign("GramJS", "node", "gramjs-download.mjs"), 128L << 20),
        (DownloadScript.Foreign("Telethon", "/usr/bin/python3", "telethon-download.py"), 32L << 20),
    ];

    public static async Task RunAsync(EngineRig rig, Report report)
    {
        var target = TelegramTarget.Of(rig.Emulator);
        var engine = await DownloadScript.Engine.RunAsync(target, rig.File.Link, EngineRig.FileBytes);
        var name = NameOf("engine, own process", engine);
        var cpu = engine.Cost.CpuPerGib(engine.Bytes);
        report.Add(new($"{name}: CPU per GiB", cpu, "CPU-s", "gotd elsewhere", BestKnown, 0.25));
        report.Add(new($"{name}: rate", engine.Cost.Rate(engine.Bytes), "MiB/s"));
        report.Add(new($"{name}: peak RSS", engine.PeakRssBytes / Mib, "MiB"));
        foreach (var (script, bytes) in Peers)
        {
            try
            {
                AddPeer(report, await script.RunAsync(target, rig.File.Link, bytes), script.Name, engine);
            }
            catch (ScriptMissingException e)
            {
                report.Note($"{script.Name}: not here ({e.Message})");
            }
            catch (InvalidOperationException e)
            {
                report.Note($"{script.Name}: no figure ({GistOf(e.Message)})");
            }
        }
    }

    static void AddPeer(Report report, DownloadResult peer, string name, DownloadResult engine)
    {
        name = NameOf(name, peer);
        var (cpu, engineCpu) = (peer.Cost.CpuPerGib(peer.Bytes), engine.Cost.CpuPerGib(engine.Bytes));
        var (rate, engineRate) = (peer.Cost.Rate(peer.Bytes), engine.Cost.Rate(engine.Bytes));
        report.Add(new($"{name}: CPU per GiB", cpu, "CPU-s", "engine", engineCpu));
        report.Add(new($"{name}: rate", rate, "MiB/s", "engine", engineRate));
        report.Add(new($"{name}: peak RSS", peer.PeakRssBytes / Mib, "MiB", "engine", engine.PeakRssBytes / Mib));
    }

    /// <summary>The line of a script's last words that names the error.</summary>
    static string GistOf(string message)
    {
        var lines = message.Split('\n');
        var gist = lines.FirstOrDefault(line => line.Contains("Error", StringComparison.Ordinal)) ?? lines[0];
        return gist.Length > MostGist ? gist[..MostGist] : gist;
    }

    static string NameOf(string name, DownloadResult result) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}, {result.Bytes / Mib:0} MiB");
}
