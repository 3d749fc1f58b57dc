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
            .. Limits,
        ];

    static readonly string[] Limits =
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

    /// <summary>Runs a program to its end.</summary>
    /// <param name="maxOutputBytes">Kept of what it says on stdout.</param>
    /// <param name="deadline">It is killed then.</param>
    /// <returns>Null when it was killed.</returns>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>.</exception>
    public async Task<Ended?> RunAsync(
        string program,
        IEnumerable<string> arguments,
        Bounds bounds,
        int maxOutputBytes,
        TimeSpan deadline,
        TimeProvider time,
        CancellationToken ct
    )
    {
        using var clock = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, ct);
        using var process = Start(program, arguments, bounds);
        try
        {
            var output = BoundedText.ReadAsync(process.StandardOutput.BaseStream, maxOutputBytes, either.Token);
            var errors = BoundedText.ReadAsync(process.StandardError.BaseStream, BoundedText.ErrorBytes, either.Token);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(either.Token));
            return IsMissing(process.ExitCode)
                ? throw new MediaException(MediaErrors.ToolMissing, "FFmpeg's programs cannot be started.")
                : new(process.ExitCode, await output);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Kill(process);
        }
    }

    /// <summary>Starts a program; the caller ends it with <see cref="Kill"/> and disposes it.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>.</exception>
    public Process Start(string program, IEnumerable<string> arguments, Bounds bounds)
    {
        var start = new ProcessStartInfo("prlimit")
        {
            WorkingDirectory = bounds.Directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Each of these replaces itself by the next, so the process that is killed is FFmpeg.
        Add(
            start,
            string.Create(CultureInfo.InvariantCulture, $"--as={options.AddressSpaceBytes * (bounds.Encodes ? 4 : 1)}")
        );
        Add(
            start,
            string.Create(CultureInfo.InvariantCulture, $"--cpu={options.CpuSeconds * (bounds.Encodes ? 4 : 1)}")
        );
        Add(start, string.Create(CultureInfo.InvariantCulture, $"--fsize={bounds.MaxFileBytes}"));
        Add(start, string.Create(CultureInfo.InvariantCulture, $"--nofile={OpenFiles}"));
        if (!bounds.NeedsNetwork && _canUnshare.Value)
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

    /// <summary>What one process may do.</summary>
    /// <param name="Directory">Its working directory, of this job alone.</param>
    /// <param name="MaxFileBytes">Largest file it may write; at the limit it dies of SIGXFSZ.</param>
    public sealed record Bounds(string Directory, long MaxFileBytes)
    {
        /// <summary>It reads from this process.</summary>
        public bool NeedsNetwork { get; init; }

        /// <summary>It encodes: four times the memory and the processor time of what only copies.</summary>
        public bool Encodes { get; init; }
    }

    /// <summary>How a program ended, and what it said on stdout.</summary>
    public sealed record Ended(int ExitCode, ReadOnlyMemory<byte> Output);
}
