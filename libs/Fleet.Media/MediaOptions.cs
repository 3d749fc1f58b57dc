using System.ComponentModel.DataAnnotations;

namespace Fleet.Media;

/// <summary>How FFmpeg is run. Section "Media".</summary>
public sealed record MediaOptions
{
    /// <summary>Program to run for remuxing. Default: ffmpeg on the PATH.</summary>
    [Required]
    public string Ffmpeg { get; init; } = "ffmpeg";

    /// <summary>Program to run for probing. Default: ffprobe on the PATH.</summary>
    [Required]
    public string Ffprobe { get; init; } = "ffprobe";

    /// <summary>Address space of one process, in bytes; FFmpeg itself needs about 300 MB. Default 1 GiB.</summary>
    [Range(536_870_912L, 17_179_869_184L)]
    public long AddressSpaceBytes { get; init; } = 1L << 30;

    /// <summary>CPU time of one process, in seconds. Default 1800.</summary>
    [Range(10, 86_400)]
    public int CpuSeconds { get; init; } = 1_800;

    /// <summary>
    /// Most pixels of a film that is encoded anew: width x height x pictures. Default 15 minutes of 1080p at 30/s, which two cores
    /// encode within the slice of a job; a longer film ends with <see cref="MediaErrors.TooLongToEncode"/>.
    /// </summary>
    [Range(0L, long.MaxValue)]
    public long MaxEncodedPixels { get; init; } = 1_920L * 1_080 * 30 * 900;

    /// <summary>How long a remux may neither report progress nor write. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Deadline of a probe, and the shortest deadline of a remux, which also has 3 s per 5 MB, and ten times its length when it is encoded. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan MinDeadline { get; init; } = TimeSpan.FromSeconds(60);
}
