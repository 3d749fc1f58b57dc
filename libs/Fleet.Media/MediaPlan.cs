namespace Fleet.Media;

/// <summary>What the client wants to get.</summary>
public enum MediaTarget
{
    /// <summary>The original when browsers play it, else the container in which more of them do, else the original with the reasons.</summary>
    Auto,

    /// <summary>Byte for byte the original.</summary>
    Original,

    /// <summary>MP4 with its index first.</summary>
    Mp4,

    /// <summary>MP4 in fragments, which can be appended to a player's buffer.</summary>
    Fmp4,

    /// <summary>Matroska with every stream.</summary>
    Mkv,

    /// <summary>WebM.</summary>
    Webm,

    /// <summary>The sound alone, in the container that is usual for its codec.</summary>
    Audio,
}

/// <summary>A container that Fleet writes.</summary>
public enum ResultFormat
{
    /// <summary>MP4 with its index first; M4A when it has no picture.</summary>
    Mp4,

    Fmp4,
    Webm,
    Mkv,
    Mp3,
    Ogg,
    Flac,
    Wav,
}

/// <summary>What to do with a file.</summary>
public enum PlanAction
{
    /// <summary>Store the bytes as they are.</summary>
    KeepOriginal,

    /// <summary>Copy the planned streams into a new container.</summary>
    Remux,

    /// <summary>The first bytes do not tell: ask again with the whole file.</summary>
    NeedWhole,
}

/// <summary>What to do with one stream, and why when it is dropped or encoded.</summary>
public sealed record StreamPlan(MediaStream Stream, StreamAction Action, string? Reason = null)
{
    /// <summary>FFmpeg's name of the codec that the result has.</summary>
    public string Codec { get; init; } = Stream.Codec;
}

public enum StreamAction
{
    Copy,

    /// <summary>Text subtitles become those of the container; no picture or sound is touched.</summary>
    ConvertText,

    /// <summary>Picture or sound is encoded anew, because of the reason given.</summary>
    Encode,

    /// <summary>Text subtitles become a WebVTT file of their own.</summary>
    Extract,

    Drop,
}

/// <summary>The decision about a file.</summary>
/// <param name="Streams">One entry per stream of the input; empty unless the action is remux.</param>
/// <param name="Playable">How widely browsers play the original.</param>
public sealed record MediaPlan(PlanAction Action, IReadOnlyList<StreamPlan> Streams, Playability Playable)
{
    /// <summary>The container to write, when the action is remux.</summary>
    public ResultFormat Format { get; init; }

    /// <summary>The streams of the output, in order.</summary>
    public IEnumerable<StreamPlan> Kept =>
        Streams.Where(s => s.Action is StreamAction.Copy or StreamAction.ConvertText or StreamAction.Encode);

    /// <summary>Whether picture or sound is encoded anew.</summary>
    public bool Encodes => Streams.Any(s => s.Action == StreamAction.Encode);

    /// <summary>The streams that become files of their own, in order.</summary>
    public IEnumerable<MediaStream> Extracted =>
        Streams.Where(s => s.Action == StreamAction.Extract).Select(s => s.Stream);

    /// <summary>What the output will be, before there is one.</summary>
    public MediaFacts Foresee(MediaInfo input)
    {
        var container = StreamPlanner.NameOf(Format);
        var index = Format is ResultFormat.Mp4 or ResultFormat.Fmp4 ? IndexPlace.First : IndexPlace.None;
        var streams = Kept.Select((s, n) => s.Stream with { Index = n, Codec = s.Codec });
        return new(container, index, new(container, input.Duration, [.. streams]), IsWhole: true);
    }
}

/// <summary>What becomes of text subtitles.</summary>
public enum SubtitleWish
{
    /// <summary>They stay in the file, where its container has subtitles.</summary>
    Embed,

    /// <summary>Each becomes a WebVTT file.</summary>
    Extract,

    /// <summary>They, and subtitles that are pictures, are left out.</summary>
    Drop,
}

/// <summary>Which sound tracks the result has. All of them, unless something is asked for.</summary>
/// <param name="Index">Position among the sound tracks, from 0; wins over languages.</param>
/// <param name="Languages">BCP 47 or ISO 639-2 tags in order of preference.</param>
/// <param name="KeepAll">True keeps every track and puts the chosen one first.</param>
public sealed record AudioSelection(int? Index, IReadOnlyList<string> Languages, bool KeepAll)
{
    /// <summary>Every track, as the file has them.</summary>
    public static AudioSelection Everything { get; } = new(null, [], KeepAll: true);
}
