using System.Diagnostics;
using System.Text;

namespace Fleet.Media;

/// <summary>Puts the streams of a file into another container with FFmpeg, without encoding them anew unless the plan says so, and checks what came out.</summary>
public sealed class Remuxer(MediaOptions options, MediaProber prober, TimeProvider time)
{
    const long SlowestBytesPerSecond = 5_000_000 / 3;

    readonly Sandbox _sandbox = new(options);

    /// <summary>Whether a plan is within the bounds of this machine.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.TooLongToEncode"/>.</exception>
    public void Check(MediaPlan plan, MediaFacts facts)
    {
        if (facts.Info is { } info)
            Encoder.Check(plan, info, options);
    }

    /// <summary>Writes the planned streams to a new file.</summary>
    /// <param name="input">On disk, or still coming.</param>
    /// <param name="facts">What it contains; <see cref="MediaFacts.Info"/> is set.</param>
    /// <param name="plan">With action remux.</param>
    /// <param name="output">File that does not exist yet, in a directory of this job alone; removed on any failure. Extracted subtitles lie beside it: <see cref="SideFiles"/>.</param>
    /// <param name="progress">Told about twice a second.</param>
    /// <returns>Facts of the output, verified: its streams, its duration, and that it can be played from the start.</returns>
    /// <exception cref="MediaException">Any code of <see cref="MediaErrors"/>.</exception>
    public async Task<MediaFacts> RemuxAsync(
        MediaInput input,
        MediaFacts facts,
        MediaPlan plan,
        string output,
        Action<RemuxProgress> progress,
        CancellationToken ct
    )
    {
        var info = facts.Info ?? throw new ArgumentException("The input was not probed.", nameof(facts));
        Encoder.Check(plan, info, options);
        DiskSpace.Ensure(output, Encoder.MaxBytes(plan, info, Total(input)));
        var done = false;
        try
        {
            var index = plan.Format == ResultFormat.Mp4 ? Mp4Index.EstimateOrNull(info, plan.Kept) : null;
            if (!await TryRunAsync(index) && !await TryRunAsync(null))
                throw new MediaException(MediaErrors.RemuxFailed, "FFmpeg found no room for the index.");
            var result = await prober.CountAsync(output, ct);
            RemuxCheck.Verify(info, plan, result);
            done = true;
            return result;
        }
        finally
        {
            if (!done)
                Delete(plan, output);
        }

        Task<bool> TryRunAsync(long? indexBytes)
        {
            Delete(plan, output);
            return RunAsync(
                input,
                FfmpegArguments.Remux(input, info, plan, indexBytes, output),
                info,
                plan,
                output,
                progress,
                ct
            );
        }
    }

    /// <summary>The files of extracted subtitles, in the order of the plan.</summary>
    public static IEnumerable<string> SideFiles(MediaPlan plan, string output) =>
        plan.Extracted.Select((_, n) => FfmpegArguments.SideFile(output, n));

    static void Delete(MediaPlan plan, string output)
    {
        File.Delete(output);
        foreach (var side in SideFiles(plan, output))
            File.Delete(side);
    }

    /// <returns>False when there was not enough room left for the index.</returns>
    async Task<bool> RunAsync(
        MediaInput input,
        IReadOnlyList<string> arguments,
        MediaInfo info,
        MediaPlan plan,
        string output,
        Action<RemuxProgress> progress,
        CancellationToken ct
    )
    {
        var wall = TimeSpan.FromSeconds(
            Math.Max(options.MinDeadline.TotalSeconds, Total(input) / (double)SlowestBytesPerSecond)
        );
        if (plan.Encodes)
            wall += 10 * (info.Duration ?? TimeSpan.Zero);
        var watch = new StallWatch(output, options.Stall, wall, input.IsWaiting, time);
        var parser = new ProgressParser(info.Duration);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var process = _sandbox.Start(
            options.Ffmpeg,
            arguments,
            new(Path.GetDirectoryName(output)!, Encoder.MaxBytes(plan, info, Total(input)))
            {
                NeedsNetwork = input.IsRemote,
                Encodes = plan.Encodes,
            }
        );
        try
        {
            var watching = watch.RunAsync(ended.Token);
            var running = ReadToEndAsync(process, parser, watch, progress, ct);
            if (await Task.WhenAny(watching, running) == watching && await watching)
                throw new MediaException(MediaErrors.RemuxTimeout, "FFmpeg made no progress in time.");
            var words = await running;
            if (FfmpegErrors.IsIndexTooLarge(words))
                return false;
            if (process.ExitCode != 0 || !parser.Ended)
                throw FfmpegErrors.Of(process.ExitCode, words);
            if (FfmpegErrors.IsCutOff(words))
                throw FfmpegErrors.FindOrNull(words)!;
            return true;
        }
        finally
        {
            await ended.CancelAsync();
            Sandbox.Kill(process);
        }
    }

    static long Total(MediaInput input) => input.SizeBytes + (input.Sound?.SizeBytes ?? 0);

    static async Task<string> ReadToEndAsync(
        Process process,
        ProgressParser parser,
        StallWatch watch,
        Action<RemuxProgress> progress,
        CancellationToken ct
    )
    {
        var words = BoundedText.ReadAsync(process.StandardError.BaseStream, BoundedText.ErrorBytes, ct);
        RemuxProgress? last = null;
        while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
        {
            if (parser.Feed(line) is not { } now || now == last)
                continue;
            last = now;
            watch.Touch();
            progress(now);
        }
        await process.WaitForExitAsync(ct);
        return Encoding.UTF8.GetString((await words).Span);
    }
}
