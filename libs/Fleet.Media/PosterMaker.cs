using System.Globalization;

namespace Fleet.Media;

/// <summary>Makes a picture of a film: of its first frames the one that is most like the others, which is seldom a black one.</summary>
public sealed class PosterMaker(MediaOptions options, TimeProvider time)
{
    /// <summary>Longer side of the picture, in pixels, at most.</summary>
    public const int MaxSide = 1_280;

    const int Frames = 50;
    const long MaxBytes = 8 << 20;

    readonly Sandbox _sandbox = new(options);

    /// <summary>Writes a JPEG.</summary>
    /// <param name="path">Local file: whole, or its first bytes.</param>
    /// <param name="output">File that does not exist yet, in a directory of this job alone.</param>
    /// <returns>False when no picture can be had, which is no fault of the film.</returns>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>.</exception>
    public async Task<bool> TryMakeAsync(string path, string output, CancellationToken ct)
    {
        var input = MediaInput.File(path, new FileInfo(path).Length);
        var side = MaxSide.ToString(CultureInfo.InvariantCulture);
        var frames = Frames.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "-hide_banner",
            "-nostdin",
            "-loglevel",
            "error",
            .. Sandbox.Guards(input),
            "-i",
            input.Url,
            "-map",
            "0:V:0",
            "-vf",
            $"thumbnail=n={frames},scale=w='min({side},iw)':h='min({side},ih)':force_original_aspect_ratio=decrease",
            "-frames:v",
            "1",
            "-map_metadata",
            "-1",
            "-n",
            "-f",
            "mjpeg",
            $"file:{output}",
        ];
        using var deadline = new CancellationTokenSource(options.MinDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var process = _sandbox.Start(
            options.Ffmpeg,
            arguments,
            Path.GetDirectoryName(output)!,
            needsNetwork: false,
            MaxBytes
        );
        try
        {
            var words = BoundedText.ReadAsync(process.StandardError.BaseStream, BoundedText.ErrorBytes, either.Token);
            await Task.WhenAll(words, process.WaitForExitAsync(either.Token));
            if (Sandbox.IsMissing(process.ExitCode))
                throw new MediaException(MediaErrors.ToolMissing, "FFmpeg cannot be started.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            Sandbox.Kill(process);
        }
        // Cut in the middle of a picture FFmpeg complains, and has one of the earlier ones all the same.
        return new FileInfo(output) is { Exists: true, Length: > 0 };
    }
}
