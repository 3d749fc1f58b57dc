namespace Fleet.Jobs;

/// <summary>What the client wants of a job, as stored in <c>job.options</c>.</summary>
public sealed record JobOptions
{
    /// <summary>Container of the result.</summary>
    public ResultContainer Container { get; init; } = ResultContainer.Auto;

    /// <summary>Which sound tracks the result has.</summary>
    public AudioChoice Audio { get; init; } = new();

    /// <summary>What becomes of subtitles.</summary>
    public SubtitleMode Subtitles { get; init; } = SubtitleMode.Embed;

    /// <summary>True adds a picture of each video, a JPEG beside it.</summary>
    public bool Poster { get; init; }

    /// <summary>True encodes picture and sound anew that the container cannot hold, or, when it is auto, that not every browser plays. Only for tenants that may.</summary>
    public bool AllowTranscode { get; init; }

    /// <summary>True adds a JSON file to each result that says where it came from: link, chat, message, date, caption, streams, hash.</summary>
    public bool MetadataFile { get; init; }

    /// <summary>Which of the qualities that Telegram has of a video; null takes it as it was sent.</summary>
    public QualityChoice? Quality { get; init; }

    /// <summary>Name of the result without a path, in which {name}, {title}, {performer}, {caption}, {chat}, {message}, {date}, {document} and {number} are filled in; null keeps the name it has on Telegram.</summary>
    public string? FileName { get; init; }
}

/// <summary>Containers that a client can ask for.</summary>
public enum ResultContainer
{
    /// <summary>The original when browsers play it, else MP4 or WebM by stream copy when more of them play that.</summary>
    Auto,

    /// <summary>Byte for byte what Telegram has.</summary>
    Original,

    /// <summary>MP4 with its index first.</summary>
    Mp4,

    /// <summary>MP4 in fragments.</summary>
    Fmp4,

    /// <summary>Matroska with every stream.</summary>
    Mkv,

    /// <summary>WebM, when the codecs fit.</summary>
    Webm,

    /// <summary>The sound alone, in the container that is usual for its codec: M4A, MP3, Ogg (Opus, Vorbis), FLAC, WAV or Matroska.</summary>
    Audio,
}

/// <summary>Bounds among which the best quality of a video is taken; the smallest there is, when none lies within them.</summary>
public sealed record QualityChoice
{
    /// <summary>Most pixels of the shorter side, so that 720 means 720p of an upright video too: 1 to 16384.</summary>
    public int? MaxHeight { get; init; }

    /// <summary>Most bytes to fetch, at least 1.</summary>
    public long? MaxBytes { get; init; }
}

/// <summary>What becomes of subtitles that are text.</summary>
public enum SubtitleMode
{
    /// <summary>They stay in the file, where its container has subtitles.</summary>
    Embed,

    /// <summary>Each becomes a WebVTT file beside it.</summary>
    Sidecar,

    /// <summary>They, and subtitles that are pictures, are left out.</summary>
    None,
}

/// <summary>Which sound tracks to keep.</summary>
public sealed record AudioChoice
{
    /// <summary>Position among the audio tracks, from 0; wins over languages.</summary>
    public int? Index { get; init; }

    /// <summary>Language tags (BCP 47) in order of preference; at most 8.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>True keeps every track and only marks the chosen one as default.</summary>
    public bool KeepAll { get; init; }
}

/// <summary>What the link turned out to hold.</summary>
public sealed record JobMedia
{
    /// <summary>Telegram's id of the document.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Name given by the sender, if any.</summary>
    public string? FileName { get; init; }

    /// <summary>Size of the original in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Media type given by the sender.</summary>
    public string? MimeType { get; init; }

    /// <summary>Length in seconds, of sound and video.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Width in pixels, of video.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels, of video.</summary>
    public int? Height { get; init; }

    /// <summary>Title of music.</summary>
    public string? Title { get; init; }

    /// <summary>Performer of music.</summary>
    public string? Performer { get; init; }

    /// <summary>Text of the message.</summary>
    public string? Caption { get; init; }

    /// <summary>When the message was sent.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Public name of the chat; null for a private one.</summary>
    public string? Chat { get; init; }

    /// <summary>Telegram's id of the chat.</summary>
    public long? ChatId { get; init; }

    /// <summary>Id of the message, or of the story, in that chat.</summary>
    public int? MessageId { get; init; }
}

/// <summary>Why a job does not move.</summary>
public enum WaitReason
{
    /// <summary>Telegram asked the fleet to slow down.</summary>
    Flood,

    /// <summary>Every account that could serve it is busy.</summary>
    Capacity,

    /// <summary>An attempt failed and the next one is due later.</summary>
    Retry,

    /// <summary>Another job is fetching the same file.</summary>
    Shared,

    /// <summary>The operator holds its queue back.</summary>
    Paused,
}

/// <summary>How far an attempt is. Bytes never go back within one attempt.</summary>
/// <param name="BytesDone">Bytes of the original that are fetched.</param>
/// <param name="BytesTotal">Size of the original, when known.</param>
/// <param name="BytesPerSecond">Rate of the last seconds, when known.</param>
public sealed record JobProgress(long BytesDone, long? BytesTotal, long? BytesPerSecond);

/// <summary>How far the file is that an attempt fetches.</summary>
public sealed record AssetProgress(Guid AssetId, long BytesDone);

/// <summary>One stream of a result.</summary>
/// <param name="Kind">video, audio or subtitle.</param>
/// <param name="Codec">Name of the codec as FFmpeg writes it, for example h264.</param>
public sealed record StreamInfo(string Kind, string Codec)
{
    /// <summary>Language (ISO 639-2), when the file names one.</summary>
    public string? Language { get; init; }

    /// <summary>Width in pixels, of video.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels, of video.</summary>
    public int? Height { get; init; }

    /// <summary>Sound channels, of audio.</summary>
    public int? Channels { get; init; }
}

/// <summary>Whether browsers play a result.</summary>
/// <param name="Web">True, false or partial.</param>
/// <param name="Reasons">Why not, as snake_case codes; empty when <paramref name="Web"/> is true.</param>
public sealed record Playability(WebPlayback Web, IReadOnlyList<string> Reasons);

/// <summary>How far browsers play a file.</summary>
public enum WebPlayback
{
    /// <summary>Every current browser.</summary>
    Yes,

    /// <summary>Some browsers, or without some streams.</summary>
    Partial,

    /// <summary>None.</summary>
    No,
}
