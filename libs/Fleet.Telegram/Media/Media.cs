using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>A document as every account sees it.</summary>
public sealed record MediaDescription
{
    /// <summary>Global id; equal ids are equal bytes.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Exact size in bytes, 0 or more.</summary>
    public required long Size { get; init; }

    /// <summary>As the sender gave it: not to be trusted. Never empty.</summary>
    public required string MimeType { get; init; }

    /// <summary>Data centre that stores the bytes.</summary>
    public required int Dc { get; init; }

    /// <summary>As the sender gave it: not to be trusted, may hold path separators.</summary>
    public string? FileName { get; init; }

    /// <summary>Length of audio or video.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels.</summary>
    public int? Height { get; init; }

    /// <summary>The chat or the message forbids saving (noforwards).</summary>
    public bool Protected { get; init; }

    /// <summary>Text of the message; null when it has none.</summary>
    public string? Caption { get; init; }
}

/// <summary>Kind of chat.</summary>
public enum PeerKind
{
    /// <summary>Channel or supergroup.</summary>
    Channel,

    /// <summary>Basic group.</summary>
    Chat,

    /// <summary>User or bot.</summary>
    User,
}

/// <summary>Where a document was found, in terms that hold for every account: enough to find it again.</summary>
/// <param name="Username">Public name of the chat, lower case; null for a private one.</param>
/// <param name="PeerKind">Kind of the chat.</param>
/// <param name="PeerId">Bare id of the chat, without -100.</param>
/// <param name="MessageId">Id of the message in the chat.</param>
public sealed record MediaOrigin(string? Username, PeerKind PeerKind, long PeerId, int MessageId);

/// <summary>Access to a document for one account; the reference holds only for a while.</summary>
/// <param name="DocumentId">Id of the document.</param>
/// <param name="AccessHash">Access hash for this account.</param>
/// <param name="FileReference">Reference for this account.</param>
public sealed record FileLocation(long DocumentId, long AccessHash, byte[] FileReference)
{
    /// <summary>As the calls want it.</summary>
    internal InputDocumentFileLocation ToInput() =>
        new()
        {
            Id = DocumentId,
            AccessHash = AccessHash,
            FileReference = FileReference,
            ThumbSize = "",
        };

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"FileLocation {{ DocumentId = {DocumentId} }}";
}

/// <summary>A document behind a link.</summary>
public sealed record ResolvedMedia(MediaDescription Description, MediaOrigin Origin, FileLocation Location);
