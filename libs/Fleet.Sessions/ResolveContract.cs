namespace Fleet.Sessions;

/// <summary>POST /internal/v1/resolve: what does this link hold?</summary>
public sealed record ResolveRequest
{
    /// <summary>A Telegram link, at most 2048 characters.</summary>
    public required string Link { get; init; }
}

/// <summary>Answer of resolve: at least one item, in message order.</summary>
public sealed record ResolveResponse
{
    /// <summary>One entry per document of the message or album.</summary>
    public required MediaItem[] Items { get; init; }
}

/// <summary>One document behind a link, in terms that hold for every account.</summary>
public sealed record MediaItem
{
    /// <summary>Global id of the document; equal ids are equal bytes.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Exact size in bytes.</summary>
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

    /// <summary>True when the chat forbids saving.</summary>
    public bool Protected { get; init; }

    /// <summary>Text of the message.</summary>
    public string? Caption { get; init; }

    /// <summary>Where the document was found.</summary>
    public required OriginRef Origin { get; init; }
}

/// <summary>The message that holds a document, in terms that hold for every account.</summary>
public sealed record OriginRef
{
    /// <summary>Public name of the chat without @; null for a private chat.</summary>
    public string? Username { get; init; }

    /// <summary>channel, chat or user.</summary>
    public required string PeerKind { get; init; }

    /// <summary>Bare id of the chat (no -100 prefix).</summary>
    public required long PeerId { get; init; }

    /// <summary>Id of the message in that chat.</summary>
    public required int MessageId { get; init; }
}
