using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Kind of file on Telegram's servers; each kind has ids of its own.</summary>
public enum FileKind
{
    /// <summary>Video, audio or any other file.</summary>
    Document,

    /// <summary>A picture that Telegram stores in several sizes.</summary>
    Photo,
}

/// <summary>Name of one sequence of bytes on Telegram's servers, the same for every account: equal keys are equal bytes.</summary>
/// <param name="Kind">What the id counts.</param>
/// <param name="Id">Global id of the document or photo.</param>
/// <param name="SizeType">PhotoSize.type of a photo's size or of a document's thumbnail; empty for the document itself.</param>
public readonly record struct MediaKey(FileKind Kind, long Id, string SizeType);

/// <summary>Access to a document, to a thumbnail of it or to a size of a photo for one account; the reference holds only for a
/// while.</summary>
/// <param name="DocumentId">Id of the document or photo.</param>
/// <param name="AccessHash">Access hash for this account.</param>
/// <param name="FileReference">Reference for this account.</param>
public sealed record FileLocation(long DocumentId, long AccessHash, byte[] FileReference)
{
    /// <summary>What <see cref="DocumentId"/> counts. Default: documents.</summary>
    public FileKind Kind { get; init; }

    /// <summary>PhotoSize.type; empty, the default, for the document itself.</summary>
    public string SizeType { get; init; } = "";

    /// <summary>What it gives access to, as every account calls it.</summary>
    public MediaKey Key => new(Kind, DocumentId, SizeType);

    /// <summary>True for pictures in sizes: the server's word on their length is less than exact, so the end is looked at.</summary>
    internal bool IsPicture => SizeType.Length > 0;

    /// <summary>As upload.getFile takes it.</summary>
    internal InputFileLocationBase ToInput() =>
        Kind == FileKind.Photo
            ? new InputPhotoFileLocation
            {
                Id = DocumentId,
                AccessHash = AccessHash,
                FileReference = FileReference,
                ThumbSize = SizeType,
            }
            : new InputDocumentFileLocation
            {
                Id = DocumentId,
                AccessHash = AccessHash,
                FileReference = FileReference,
                ThumbSize = SizeType,
            };

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"FileLocation {{ Kind = {Kind}, DocumentId = {DocumentId} }}";
}
