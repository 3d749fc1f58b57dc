using System.Diagnostics;
using System.Globalization;

namespace Fleet.Media;

/// <summary>
/// Starts FFmpeg's programs inside limits: address space, CPU time, output size and open files by prlimit, no network
/// by an empty network namespace where the system allows one and the input is a file, low priority, and no shell anywhere.
/// </summary>
sealed class Sandbox(MediaOptions options)
{
    const int OpenFiles = 64;

    /// <summary>What both programs are told about their input, right before it.</summary>
    public static IEnumerable<string> Guards(MediaInput input) =>
        [
            "-protocol_whitelist",
            input.IsRemote ? "http,tcp" : "file,pipe",
            "-format_whitelist",
            input.Demuxer ?? "mov,matroska,mpegts,mp3,ogg,flac,wav,avi,aac",
            .. input.Demuxer is { } demuxer ? ["-f", demuxer] : Array.Empty<string>(),
            .. Bounds,
        ];

    static readonly string[] Bounds =
    [
        "-max_streams",
        "64",
        "-max_alloc",
        "268435456",
        "-probesize",
        "20M",
        "-analyzeduration",
        "20M",
    ];

    readonly Lazy<bool> _canUnshare = new(CanUnshare);

    /// <summary>Starts a program; the caller ends it with <see cref="Process.Kill(bool)"/> and disposes it.</summary>
    /// <param name="needsNetwork">It reads from this process.</param>
    /// <param name="maxFileBytes">Largest file it may write; at the limit it dies of SIGXFSZ.</param>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>.</exception>
    public Process Start(
        string program,
        IEnumerable<string> arguments,
        string directory,
        bool needsNetwork,
        long maxFileBytes
    )
    {
        var start = new ProcessStartInfo("prlimit")
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Each of these replaces itself by the next, so the process that is killed is FFmpeg.
        Add(start, string.Create(CultureInfo.InvariantCulture, $"--as={options.AddressSpaceBytes}"));
        Add(start, string.Create(CultureInfo.InvariantCulture, $"--cpu={options.CpuSeconds}"));
        Add(start, string.Create(CultureInfo.InvariantCulture, $"--fsize={maxFileBytes}"));
        Add(start, string.Create(CultureInfo.InvariantCulture, $"--nofile={OpenFiles}"));
        if (!needsNetwork && _canUnshare.Value)
            Add(start, "unshare", "-rn");
        Add(start, "nice", "-n", "10", program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new MediaException(MediaErrors.ToolMissing, "prlimit cannot be started", e);
        }
    }

    /// <summary>Exit codes of the launchers when the program itself cannot be started.</summary>
    public static bool IsMissing(int exitCode) => exitCode is 126 or 127;

    /// <summary>Ends a process and its children at once; nothing of theirs is worth a goodbye.</summary>
    public static void Kill(Process process)
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    static void Add(ProcessStartInfo start, params ReadOnlySpan<string> arguments)
    {
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
    }

    static bool CanUnshare()
    {
        try
        {
            using var probe = Process.Start(
                new ProcessStartInfo("unshare", ["-rn", "true"])
                {
                    UseShellExecute = false,
                    RedirectStandardError = true,
                }
            );
            return probe!.WaitForExit(5_000) && probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
