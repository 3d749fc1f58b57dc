using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Media;

/// <summary>Turns the JSON of ffprobe (-show_format -show_streams) into <see cref="MediaInfo"/>. Untrusted: every field may be absent or absurd.</summary>
static partial class FfprobeJson
{
    const int MaxFrameRate = 240;
    const int MaxSampleRate = 384_000;

    /// <summary>Longest duration believed: one year.</summary>
    static readonly TimeSpan LongestDuration = TimeSpan.FromDays(366);

    /// <param name="sniffed">What the first bytes say, which is more exact than FFmpeg's families.</param>
    /// <returns>Null when there is no format or no stream.</returns>
    public static MediaInfo? ParseOrNull(ReadOnlySpan<byte> json, string? sniffed)
    {
        Output? output;
        try
        {
            output = JsonSerializer.Deserialize(json, Context.Default.Output);
        }
        catch (JsonException)
        {
            return null; // cut off: the process died while it wrote
        }
        if (output?.Format?.FormatName is not { } format || output.Streams is not { Length: > 0 } streams)
            return null;
        var container = sniffed ?? ContainerSniffer.NameOf(format);
        return new MediaInfo(
            container,
            DurationOf(output.Format.Duration),
            [.. streams.Select((stream, position) => Normalise(stream, position, container))]
        )
        {
            Title = TagOf(output.Format.Tags, "title"),
            Start = container is "mpegts" ? null : StartOf(output.Format.StartTime),
        };
    }

    static MediaStream Normalise(Stream stream, int position, string container) =>
        new()
        {
            HasAdts = stream.CodecName is "aac" && container is ("mpegts" or "aac"),
            Index = stream.Index ?? position,
            Kind = KindOf(stream),
            Codec = stream.CodecName ?? "unknown",
            Tag = stream.CodecTagString is [not '[', _, _, _] tag ? tag : null,
            PixelFormat = stream.PixFmt,
            Width = Positive(stream.Width),
            Height = Positive(stream.Height),
            FrameRate = RateOf(stream.AvgFrameRate),
            SampleRate = (int?)CountOf(stream.SampleRate) is > 0 and <= MaxSampleRate and var rate ? rate : null,
            Channels = Positive(stream.Channels),
            Language = TagOf(stream.Tags, "language") is { Length: > 0 and <= 35 } language and not "und"
                ? language
                : null,
            IsDefault = stream.Disposition?.GetValueOrDefault("default") == 1,
            Packets = CountOf(stream.NbReadPackets) ?? CountOf(stream.NbFrames),
            FileName = TagOf(stream.Tags, "filename"),
            MimeType = TagOf(stream.Tags, "mimetype"),
        };

    /// <summary>Written as a fraction.</summary>
    static double? RateOf(string? text) =>
        text?.Split('/') is [var numerator, var denominator]
        && CountOf(numerator) is { } n
        && CountOf(denominator) is > 0 and var d
        && (double)n / d is >= 1 and <= MaxFrameRate and var rate
            ? rate
            : null;

    static long? CountOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    static StreamKind KindOf(Stream stream) =>
        stream.CodecType switch
        {
            "video" when IsPicture(stream) => StreamKind.Cover,
            "video" => StreamKind.Video,
            "audio" => StreamKind.Audio,
            "subtitle" => StreamKind.Subtitle,
            "attachment" => StreamKind.Attachment,
            _ => StreamKind.Other,
        };

    static bool IsPicture(Stream stream) =>
        stream.Disposition is { } disposition
        && (
            disposition.GetValueOrDefault("attached_pic") == 1 || disposition.GetValueOrDefault("timed_thumbnails") == 1
        );

    static TimeSpan? DurationOf(string? seconds) =>
        double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && value > 0
        && value < LongestDuration.TotalSeconds
            ? TimeSpan.FromSeconds(value)
            : null;

    /// <summary>Sound that is primed begins a moment before zero.</summary>
    static TimeSpan? StartOf(string? seconds) =>
        double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && Math.Abs(value) < LongestDuration.TotalSeconds
            ? TimeSpan.FromSeconds(value)
            : null;

    static int? Positive(int? value) => value > 0 ? value : null;

    /// <summary>Tag names come in any case: Matroska writes them in capitals.</summary>
    static string? TagOf(Dictionary<string, string>? tags, string name) =>
        tags?.FirstOrDefault(tag => tag.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    sealed record Output(Format? Format, Stream[]? Streams);

    sealed record Format(string? FormatName, string? Duration, string? StartTime, Dictionary<string, string>? Tags);

    sealed record Stream
    {
        public int? Index { get; init; }
        public string? CodecName { get; init; }
        public string? CodecType { get; init; }
        public string? CodecTagString { get; init; }
        public string? PixFmt { get; init; }
        public int? Width { get; init; }
        public int? Height { get; init; }
        public int? Channels { get; init; }
        public string? AvgFrameRate { get; init; }
        public string? SampleRate { get; init; }
        public string? NbFrames { get; init; }
        public string? NbReadPackets { get; init; }
        public Dictionary<string, int>? Disposition { get; init; }
        public Dictionary<string, string>? Tags { get; init; }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 8)]
    [JsonSerializable(typeof(Output))]
    sealed partial class Context : JsonSerializerContext;
}
