using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>A whole Fleet whose store is in memory, so that no disk of this machine is measured.</summary>
sealed class PipelineRig : IAsyncDisposable
{
    const string MemoryDisk = "/dev/shm";

    /// <summary>Where the emulator keeps the files of these benchmarks.</summary>
    public const int Dc = 4;

    static readonly string[] Services = ["Fleet.Intake", "Fleet.Broker", "Fleet.Worker", "Fleet.Notifier"];

    readonly string _objects;

    PipelineRig(FleetSystem fleet, string objects)
    {
        Fleet = fleet;
        _objects = objects;
    }

    public FleetSystem Fleet { get; }

    public static Task<PipelineRig> StartAsync(params (string Name, string Value)[] settings) =>
        StartAsync(MemoryDisk, settings);

    /// <summary>One whose store is on the disk: for more bytes than fit into memory.</summary>
    public static Task<PipelineRig> StartOnDiskAsync() => StartAsync(Path.GetTempPath(), []);

    static async Task<PipelineRig> StartAsync(string disk, (string Name, string Value)[] settings)
    {
        var objects = Directory.CreateDirectory(Path.Combine(disk, $"fleet-bench-{Environment.ProcessId}"));
        var all = settings.ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        all["FLEET_Storage__Directory"] = objects.FullName;
        return new(await FleetSystem.StartAsync(new FleetSystemOptions { Settings = all }), objects.FullName);
    }

    public Task<PostedFile> PostAsync(int seed, long size, string extension = "bin") =>
        Fleet.Telegram.PostAsync(
            new
            {
                seed,
                size,
                name = $"bench-{seed}.{extension}",
                mime = "application/octet-stream",
                dc = Dc,
            }
        );

    /// <summary>Has a film at the emulator.</summary>
    public Task<PostedFile> PostFilmAsync(string path) =>
        Fleet.Telegram.PostAsync(
            new
            {
                file = path,
                name = Path.GetFileName(path),
                mime = "video/x-matroska",
                dc = Dc,
            }
        );

    public async Task<string> SubmitAsync(PostedFile file, string queue = "interactive", string container = "auto") =>
        (string)
            (
                await Fleet.Client.SubmitAsync(
                    new
                    {
                        source = new { link = file.Link },
                        queue,
                        options = new { container },
                    }
                )
            )["id"]!;

    /// <summary>Waits for the end of a job, which must be a good one. Listens to its events: nobody polls while something is measured.</summary>
    /// <returns>Its time by the services' own clock, from the POST to the end.</returns>
    public async Task<TimeSpan> SucceededAsync(string job)
    {
        using var events = await Fleet.Client.Http.GetAsync(
            $"/v1/jobs/{job}/events",
            HttpCompletionOption.ResponseHeadersRead // what follows may take longer than the client's patience
        );
        await events.Content.ReadAsStringAsync();
        var ended = await Fleet.Client.GetAsync(job);
        return (string)ended["status"]! == "succeeded"
            ? At(ended, "finished_at") - At(ended, "created_at")
            : throw new InvalidOperationException(ended.ToJsonString());
    }

    public async Task<TimeSpan> RunAsync(PostedFile file, string container = "auto") =>
        await SucceededAsync(await SubmitAsync(file, container: container));

    static DateTimeOffset At(JsonObject job, string name) =>
        DateTimeOffset.Parse((string)job[name]!, CultureInfo.InvariantCulture);

    /// <summary>Processor time that each service, and the emulator, has used since it started.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Cpu() =>
        Services
            .Select(name => (name, pid: Fleet.Service(name).Pid))
            .Append(("Fleet.Emulator", Fleet.Telegram.Pid))
            .ToDictionary(s => s.Item1, s => CpuOf(s.Item2), StringComparer.Ordinal);

    /// <summary>Bytes of memory that a process holds now.</summary>
    public long MemoryOf(string service)
    {
        using var process = Process.GetProcessById(Fleet.Service(service).Pid);
        return process.WorkingSet64;
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        Directory.Delete(_objects, recursive: true);
    }

    static TimeSpan CpuOf(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }
}
