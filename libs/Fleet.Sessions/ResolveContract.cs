namespace Fleet.Sessions;

/// <summary>POST /internal/v1/resolve: what does this link hold?</summary>
public sealed record ResolveRequest
{
    /// <summary>A Telegram link, at most 2048 characters.</summary>
    public required string Link { get; init; }
}

/// <summary>Answer of resolve: 1 to 100 items, in message order.</summary>
public sealed record ResolveResponse
{
    /// <summary>One entry per document or photo of the message, album, range or stories; none twice.</summary>
    public required MediaItem[] Items { get; init; }
}

/// <summary>One document or photo behind a link, in terms that hold for every account.</summary>
public sealed record MediaItem
{
    /// <summary>Global id of the document or photo; equal ids, and pictures, are equal bytes.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Which picture it is; null for a document itself.</summary>
    public PictureRef? Picture { get; init; }

    /// <summary>Size in bytes: exact.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>MIME type as the sender gave it; not to be trusted.</summary>
    public required string MimeType { get; init; }

    /// <summary>Data centre that stores the bytes.</summary>
    public required int Dc { get; init; }

    /// <summary>File name as the sender gave it; not to be trusted.</summary>
    public string? FileName { get; init; }

    /// <summary>Length of audio or video in seconds.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Width in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Video codec as Telegram names it.</summary>
    public string? Codec { get; init; }

    /// <summary>True when the sender's client says that the video plays before it is whole; null when it does not.</summary>
    public bool? SupportsStreaming { get; init; }

    /// <summary>Title of audio.</summary>
    public string? Title { get; init; }

    /// <summary>Performer of audio.</summary>
    public string? Performer { get; init; }

    /// <summary>Other sizes of the photo, or pictures of the document, smallest first; null when there are none.</summary>
    public ThumbItem[]? Thumbs { get; init; }

    /// <summary>When the message was sent.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The video in other qualities, each a document that can be leased with the same origin; null when there are none.</summary>
    public QualityItem[]? Qualities { get; init; }

    /// <summary>True when the chat forbids saving.</summary>
    public bool Protected { get; init; }

    /// <summary>Text of the message.</summary>
    public string? Caption { get; init; }

    /// <summary>Where the document was found.</summary>
    public required OriginRef Origin { get; init; }
}

/// <summary>A size of a photo, or a picture of a document. Where it is left out, the document itself is meant.</summary>
public sealed record PictureRef
{
    /// <summary>What the id beside it counts: photo or document.</summary>
    public required string Of { get; init; }

    /// <summary>PhotoSize.type, 1 to 8 ASCII characters.</summary>
    public required string SizeType { get; init; }
}

/// <summary>A small picture of a file. One without <see cref="Bytes"/> can be leased with the file's id and origin.</summary>
public sealed record ThumbItem
{
    /// <summary>PhotoSize.type: with the file's id it names the picture.</summary>
    public required string SizeType { get; init; }

    /// <summary>Width in pixels; 0 when not known.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels; 0 when not known.</summary>
    public required int Height { get; init; }

    /// <summary>Size in bytes, as Telegram declares it.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>The picture itself, when it came with the message: a JPEG; base64 in JSON.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>True when <see cref="Bytes"/> is a JPEG without its head and tail; null for every other picture.</summary>
    /// <remarks>https://core.telegram.org/api/files#stripped-thumbnails</remarks>
    public bool? Stripped { get; init; }
}

/// <summary>Another quality of a video.</summary>
public sealed record QualityItem
{
    /// <summary>Global id of its document.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Exact size in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>MIME type.</summary>
    public required string MimeType { get; init; }

    /// <summary>Data centre that stores the bytes.</summary>
    public required int Dc { get; init; }

    /// <summary>Width in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Video codec as Telegram names it.</summary>
    public string? Codec { get; init; }
}

/// <summary>The message or story that holds a file: in terms that hold for every account when it is a channel's; messages of basic groups
/// and users are numbered by each account for itself.</summary>
public sealed record OriginRef
{
    /// <summary>Public name of the chat without @; null for a private chat.</summary>
    public string? Username { get; init; }

    /// <summary>channel, chat or user.</summary>
    public required string PeerKind { get; init; }

    /// <summary>Bare id of the chat (no -100 prefix).</summary>
    public required long PeerId { get; init; }

    /// <summary>Id of the message in that chat, or of the story.</summary>
    public required int MessageId { get; init; }

    /// <summary>story for a story; null for a message.</summary>
    public string? Kind { get; init; }

    /// <summary>Of a comment in a discussion group without a public name: the channel post that it is below; else null.</summary>
    public OriginRef? Post { get; init; }
}
