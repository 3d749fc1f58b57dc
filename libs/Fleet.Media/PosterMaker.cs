using System.Globalization;

namespace Fleet.Media;

/// <summary>Makes a picture of a film: of its first frames the one that is most like the others, which is seldom a black one.</summary>
public sealed class PosterMaker(MediaOptions options, TimeProvider time)
{
    /// <summary>Longer side of a poster, in pixels, at most.</summary>
    public const int PosterSide = 1_280;

    /// <summary>Longer side of a thumbnail, in pixels, at most; Telegram's own are as large.</summary>
    public const int ThumbnailSide = 320;

    const int Frames = 50;
    const long MaxBytes = 8 << 20;

    readonly Sandbox _sandbox = new(options);

    /// <summary>Writes a JPEG.</summary>
    /// <param name="path">Local file: whole, or its first bytes.</param>
    /// <param name="output">File that does not exist yet, in a directory of this job alone.</param>
    /// <param name="maxSide">Longer side in pixels, at most.</param>
    /// <returns>False when no picture can be had, which is no fault of the film.</returns>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>.</exception>
    public async Task<bool> TryMakeAsync(string path, string output, int maxSide, CancellationToken ct)
    {
        var input = MediaInput.File(path, new FileInfo(path).Length);
        var side = maxSide.ToString(CultureInfo.InvariantCulture);
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
        var bounds = new Sandbox.Bounds(Path.GetDirectoryName(output)!, MaxBytes);
        await _sandbox.RunAsync(options.Ffmpeg, arguments, bounds, 0, options.MinDeadline, time, ct);
        // Cut in the middle of a picture FFmpeg complains, and has one of the earlier ones all the same.
        return new FileInfo(output) is { Exists: true, Length: > 0 };
    }
}
