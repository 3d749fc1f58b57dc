using System.Globalization;
using System.Text;

namespace Fleet.Media;

/// <summary>FFmpeg's command line for a plan. Every value is an argument of its own; names from outside are never options.</summary>
static class FfmpegArguments
{
    const int MaxTitle = 500;

    /// <param name="indexBytes">Room for the index of an MP4 at its front; null moves everything when the index is known.</param>
    public static IReadOnlyList<string> Remux(
        MediaInput input,
        MediaInfo info,
        MediaPlan plan,
        long? indexBytes,
        string output
    )
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
            .. Input(input, input.Sound is not null),
            .. input.Sound is { } sound ? Input(sound, isOneOfTwo: true) : [],
            .. kept.SelectMany(s => new[] { "-map", $"{Number(s.Stream.Input)}:{Number(s.Stream.Index)}" }),
            "-c",
            "copy",
            .. kept.SelectMany((s, n) => s.Action == StreamAction.Encode ? Encoder.Options(s, Number(n)) : []),
            .. kept.SelectMany(TextOptions),
            .. kept.Where(s => s.Stream.Kind == StreamKind.Audio)
                .SelectMany((s, n) => s.Action == StreamAction.Copy ? AudioOptions(s.Stream, n, plan.Format) : []),
            .. kept.SelectMany((s, n) => s.Action == StreamAction.Copy ? VideoOptions(s.Stream, n, plan.Format) : []),
            .. Metadata(info, kept, plan.Format),
            "-dn",
            .. Layout(plan.Format, indexBytes),
            "-max_muxing_queue_size",
            "4096",
            "-n",
            "-f",
            MuxerOf(plan.Format),
            $"file:{output}",
            .. plan.Extracted.SelectMany((s, n) => Extraction(s, SideFile(output, n))),
        ];
    }

    /// <summary>FFmpeg lets every input begin at zero; of two, each keeps the beginning that it has on its own timeline.</summary>
    static IEnumerable<string> Input(MediaInput input, bool isOneOfTwo) =>
        [
            .. isOneOfTwo && input.Start is { } start
                ? ["-itsoffset", start.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture)]
                : Array.Empty<string>(),
            .. Sandbox.Guards(input),
            "-i",
            input.Url,
        ];

    /// <summary>Where the extracted subtitles of a number go, from 0.</summary>
    public static string SideFile(string output, int number) => $"{output}.{Number(number)}.vtt";

    static IEnumerable<string> Extraction(MediaStream stream, string output) =>
        [
            "-map",
            $"0:{Number(stream.Index)}",
            "-c",
            "webvtt",
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
            "-n",
            "-f",
            "webvtt",
            $"file:{output}",
        ];

    static IEnumerable<string> TextOptions(StreamPlan stream, int position) =>
        stream.Action == StreamAction.ConvertText
            ? [$"-c:{Number(position)}", stream.Codec is "subrip" ? "srt" : stream.Codec]
            : [];

    /// <summary>Apple's players take HEVC only under the tag hvc1; a cover must be marked as one.</summary>
    static IEnumerable<string> VideoOptions(MediaStream stream, int position, ResultFormat format) =>
        stream switch
        {
            { Codec: "hevc" } when IsMp4(format) => [$"-tag:{Number(position)}", "hvc1"],
            { Kind: StreamKind.Cover } => [$"-disposition:{Number(position)}", "attached_pic"],
            _ => [],
        };

    /// <summary>FLAC in MP4 is still called experimental.</summary>
    static IEnumerable<string> AudioOptions(MediaStream audio, int position, ResultFormat format) =>
        audio switch
        {
            { HasAdts: true } => [$"-bsf:a:{Number(position)}", "aac_adtstoasc"],
            { Codec: "flac" } when IsMp4(format) => ["-strict", "-2"],
            _ => [],
        };

    static IEnumerable<string> Layout(ResultFormat format, long? indexBytes) =>
        format switch
        {
            ResultFormat.Mp4 when indexBytes is { } bytes =>
            [
                "-moov_size",
                bytes.ToString(CultureInfo.InvariantCulture),
            ],
            ResultFormat.Mp4 => ["-movflags", "+faststart"],
            // AC-3 is described by its first packets, so the index waits for them.
            ResultFormat.Fmp4 => ["-movflags", "+frag_keyframe+empty_moov+default_base_moof+delay_moov"],
            _ => [],
        };

    static bool IsMp4(ResultFormat format) => format is ResultFormat.Mp4 or ResultFormat.Fmp4;

    static string MuxerOf(ResultFormat format) =>
        format switch
        {
            ResultFormat.Mkv => "matroska",
            _ => StreamPlanner.NameOf(format),
        };

    /// <summary>Title, languages and the default track; everything else (places, devices, times) is left out.</summary>
    static IEnumerable<string> Metadata(MediaInfo info, List<StreamPlan> kept, ResultFormat format)
    {
        var hasChapters = format is ResultFormat.Mp4 or ResultFormat.Mkv or ResultFormat.Webm;
        var arguments = new List<string> { "-map_metadata", "-1", "-map_chapters", hasChapters ? "0" : "-1" };
        if (Clean(info.Title) is { Length: > 0 } title)
            arguments.AddRange(["-metadata", $"title={title}"]);
        for (var n = 0; n < kept.Count; n++)
        {
            var stream = kept[n].Stream;
            if (stream.Language is { } language)
                arguments.AddRange([$"-metadata:s:{Number(n)}", $"language={Clean(language)}"]);
            if (stream.Kind == StreamKind.Attachment)
            {
                arguments.AddRange([$"-metadata:s:{Number(n)}", $"filename={Clean(stream.FileName)}"]);
                arguments.AddRange([$"-metadata:s:{Number(n)}", $"mimetype={Clean(stream.MimeType)}"]);
            }
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
