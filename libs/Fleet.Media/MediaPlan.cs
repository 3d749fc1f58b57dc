namespace Fleet.Media;

/// <summary>What the client wants to get.</summary>
public enum MediaTarget
{
    /// <summary>The original when browsers play it, else MP4 if its codecs fit, else the original with the reasons.</summary>
    Auto,

    /// <summary>Byte for byte the original.</summary>
    Original,

    /// <summary>MP4 with its index first, by stream copy.</summary>
    Mp4,
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

/// <summary>What to do with one stream, and why when it is dropped.</summary>
public sealed record StreamPlan(MediaStream Stream, StreamAction Action, string? Reason = null);

public enum StreamAction
{
    Copy,

    /// <summary>Text subtitles become MP4's own kind; no picture or sound is touched.</summary>
    ConvertToMovText,

    Drop,
}

/// <summary>The decision about a file.</summary>
/// <param name="Streams">One entry per stream of the input; empty unless the action is remux.</param>
/// <param name="Playable">How widely browsers play the original.</param>
public sealed record MediaPlan(PlanAction Action, IReadOnlyList<StreamPlan> Streams, Playability Playable)
{
    /// <summary>The streams of the output, in order.</summary>
    public IEnumerable<StreamPlan> Kept => Streams.Where(s => s.Action != StreamAction.Drop);
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
