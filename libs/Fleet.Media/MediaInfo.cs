using System.Globalization;

namespace Fleet.Media;

/// <summary>Kinds of stream that Fleet tells apart.</summary>
public enum StreamKind
{
    Video,
    Audio,
    Subtitle,

    /// <summary>A picture that belongs to the file (cover art), not to its timeline.</summary>
    Cover,

    /// <summary>A file inside the file, such as a font.</summary>
    Attachment,

    /// <summary>Timed data and what FFmpeg does not know.</summary>
    Other,
}

/// <summary>What a media file contains, as far as its bytes tell.</summary>
/// <param name="Container">mp4, mov, mkv, webm, mpegts, mp3, ogg, flac, wav, avi or aac; <see cref="Separate"/> when picture and sound come from two files.</param>
/// <param name="Duration">Null when the container does not say.</param>
/// <param name="Streams">In the order of the file.</param>
public sealed record MediaInfo(string Container, TimeSpan? Duration, IReadOnlyList<MediaStream> Streams)
{
    /// <summary>Container of picture and sound that are files of their own.</summary>
    public const string Separate = "separate";

    /// <summary>How far picture and sound may differ in length and still belong together.</summary>
    static readonly TimeSpan MaxApart = TimeSpan.FromSeconds(1);

    /// <summary>Title tag of the file.</summary>
    public string? Title { get; init; }

    /// <summary>When its first stream begins, from the zero of its own timeline; null when the timeline has no zero, as in broadcast streams.</summary>
    public TimeSpan? Start { get; init; }

    /// <summary>The picture of one file with the sound of another, which is FFmpeg's second input.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.Unsupported"/>: no picture, or no sound; <see cref="MediaErrors.LengthsDiffer"/>.</exception>
    public static MediaInfo Join(MediaInfo film, MediaInfo sound)
    {
        if (!film.Streams.Any(s => s.Kind == StreamKind.Video))
            throw new MediaException(MediaErrors.Unsupported, "The file that is to get another sound has no picture.");
        if (!sound.Streams.Any(s => s.Kind == StreamKind.Audio))
            throw new MediaException(MediaErrors.Unsupported, "The file that the sound is to come from has none.");
        if ((film.Duration - sound.Duration)?.Duration() > MaxApart)
        {
            throw new MediaException(
                MediaErrors.LengthsDiffer,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The picture lasts {film.Duration}, the sound {sound.Duration}."
                )
            );
        }
        return film with
        {
            Container = Separate,
            Duration = film.Duration > sound.Duration ? film.Duration : sound.Duration ?? film.Duration,
            Streams =
            [
                .. film.Streams.Where(s => s.Kind != StreamKind.Audio),
                .. sound.Streams.Where(s => s.Kind == StreamKind.Audio).Select(s => s with { Input = 1 }),
            ],
        };
    }
}

/// <summary>One stream of a media file.</summary>
public sealed record MediaStream
{
    /// <summary>Position in the file, from 0; what FFmpeg maps by.</summary>
    public required int Index { get; init; }

    /// <summary>Which of FFmpeg's inputs it is in: 1 for sound that comes from a second file.</summary>
    public int Input { get; init; }

    public required StreamKind Kind { get; init; }

    /// <summary>FFmpeg's name of the codec, for example h264; "unknown" when it has none.</summary>
    public required string Codec { get; init; }

    /// <summary>Four-character tag of the codec in MP4, for example hvc1; null elsewhere.</summary>
    public string? Tag { get; init; }

    /// <summary>Pixel layout, for example yuv420p, of video.</summary>
    public string? PixelFormat { get; init; }

    /// <summary>Width in pixels, of video.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels, of video.</summary>
    public int? Height { get; init; }

    /// <summary>Pictures per second on average, of video; null when unknown or absurd.</summary>
    public double? FrameRate { get; init; }

    /// <summary>Samples per second, of audio.</summary>
    public int? SampleRate { get; init; }

    /// <summary>Number of channels, of audio.</summary>
    public int? Channels { get; init; }

    /// <summary>Every packet has a header of its own (ADTS), as AAC in broadcast streams.</summary>
    public bool HasAdts { get; init; }

    /// <summary>Language tag as the file has it, usually ISO 639-2; null when absent or "und".</summary>
    public string? Language { get; init; }

    /// <summary>The file marks this stream as the one to play by default.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Packets of the stream, when the container's index says or they were counted.</summary>
    public long? Packets { get; init; }

    /// <summary>Name of an attachment.</summary>
    public string? FileName { get; init; }

    /// <summary>Type of an attachment.</summary>
    public string? MimeType { get; init; }
}

/// <summary>Where an MP4 file keeps its index (moov).</summary>
public enum IndexPlace
{
    /// <summary>Not an MP4 file.</summary>
    None,

    /// <summary>Before the media data: playable while it downloads.</summary>
    First,

    /// <summary>After the media data: a player must read the end first.</summary>
    Last,

    /// <summary>Not in the bytes that were read.</summary>
    NotSeen,
}

/// <summary>What is known about a file before a plan is made.</summary>
/// <param name="Container">As in <see cref="MediaInfo.Container"/>, also when FFmpeg cannot read the file; null when it is no known media.</param>
/// <param name="Info">Null when FFmpeg cannot read it.</param>
/// <param name="IsWhole">False when only its first bytes were looked at.</param>
public sealed record MediaFacts(string? Container, IndexPlace Index, MediaInfo? Info, bool IsWhole);
