using System.Globalization;
using System.Text;

namespace Fleet.Media;

/// <summary>FFmpeg's command line for a plan. Every value is an argument of its own; names from outside are never options.</summary>
static class FfmpegArguments
{
    const int MaxTitle = 500;

    public static IReadOnlyList<string> Remux(string input, MediaInfo info, MediaPlan plan, string output)
    {
        var kept = plan.Kept.ToList();
        return
        [
            "-hide_banner",
            "-nostdin",
            "-nostats",
            "-loglevel",
            "warning",
            "-xerror",
            "-progress",
            "pipe:1",
            "-stats_period",
            "0.5",
            .. Sandbox.InputGuards,
            "-i",
            $"file:{input}",
            .. kept.SelectMany(s => new[] { "-map", $"0:{Number(s.Stream.Index)}" }),
            "-c:v",
            "copy",
            "-c:a",
            "copy",
            "-c:s",
            "mov_text",
            .. kept.Where(s => s.Stream.Kind == StreamKind.Video).SelectMany(VideoOptions),
            .. kept.Where(s => s.Stream.Kind == StreamKind.Audio).SelectMany((s, n) => AudioOptions(s.Stream, n, info)),
            .. Metadata(info, kept),
            "-dn",
            "-movflags",
            "+faststart",
            "-max_muxing_queue_size",
            "4096",
            "-n",
            "-f",
            "mp4",
            $"file:{output}",
        ];
    }

    /// <summary>Apple's players take HEVC only under the tag hvc1.</summary>
    static IEnumerable<string> VideoOptions(StreamPlan video, int position) =>
        video.Stream.Codec is "hevc" ? [$"-tag:v:{Number(position)}", "hvc1"] : [];

    /// <summary>AAC of a broadcast stream has its header in every packet; FLAC in MP4 is still called experimental.</summary>
    static IEnumerable<string> AudioOptions(MediaStream audio, int position, MediaInfo info) =>
        (audio.Codec, info.Container) switch
        {
            ("aac", "mpegts" or "aac") => [$"-bsf:a:{Number(position)}", "aac_adtstoasc"],
            ("flac", _) => ["-strict", "-2"],
            _ => [],
        };

    /// <summary>Title, languages and the default track; everything else (places, devices, times) is left out.</summary>
    static IEnumerable<string> Metadata(MediaInfo info, List<StreamPlan> kept)
    {
        var arguments = new List<string> { "-map_metadata", "-1", "-map_chapters", "0" };
        if (Clean(info.Title) is { Length: > 0 } title)
            arguments.AddRange(["-metadata", $"title={title}"]);
        for (var n = 0; n < kept.Count; n++)
        {
            if (kept[n].Stream.Language is { } language)
                arguments.AddRange([$"-metadata:s:{Number(n)}", $"language={Clean(language)}"]);
        }
        var sound = kept.Count(s => s.Stream.Kind == StreamKind.Audio);
        for (var n = 0; n < sound && sound > 1; n++)
            arguments.AddRange([$"-disposition:a:{Number(n)}", n == 0 ? "default" : "0"]);
        return arguments;
    }

    static string Clean(string? text)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && clean.Length < MaxTitle)
                clean.Append(rune.ToString());
        }
        return clean.ToString();
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
