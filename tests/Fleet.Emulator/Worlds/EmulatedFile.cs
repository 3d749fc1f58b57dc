namespace Fleet.Emulator.Worlds;

/// <summary>What documents and photos have in common: an id that is the same for everyone, a place, and references that expire.</summary>
public abstract class EmulatedFile
{
    int _dc;
    int _referenceEpoch = 1;

    protected EmulatedFile(long id, int dc)
    {
        Id = id;
        _dc = dc;
    }

    public long Id { get; }

    /// <summary>The data centre that stores it, 1 to 5; other ones answer FILE_MIGRATE.</summary>
    public int Dc => Volatile.Read(ref _dc);

    /// <summary>File references of older epochs are expired.</summary>
    public int ReferenceEpoch => Volatile.Read(ref _referenceEpoch);

    /// <summary>Moves it: from now on only <paramref name="dc"/> serves it.</summary>
    public void MoveTo(int dc) => Interlocked.Exchange(ref _dc, dc);

    /// <summary>Every file reference given out so far is answered by FILE_REFERENCE_EXPIRED from now on.</summary>
    public void ExpireReferences() => Interlocked.Increment(ref _referenceEpoch);

    /// <summary>The bytes behind a thumb_size; null when there are none to download.</summary>
    public abstract FileContent? ContentOrNull(string thumbSize);
}

/// <summary>Which photoSize constructor a picture is sent as.</summary>
public enum PictureForm
{
    /// <summary>photoSize: downloaded.</summary>
    Plain,

    /// <summary>photoSizeProgressive: downloaded, with a few lengths after which it can be shown.</summary>
    Progressive,

    /// <summary>photoCachedSize: its bytes are in the message.</summary>
    Cached,

    /// <summary>photoStrippedSize: a tiny one without JPEG head is in the message.</summary>
    Stripped,
}

/// <summary>A size of a photo, or a picture of a document.</summary>
/// <param name="Type">One letter, unique within the file: i stripped, s, m, x, y, w by size.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Content">The bytes.</param>
public sealed record EmulatedPicture(string Type, int Width, int Height, FileContent Content)
{
    public PictureForm Form { get; init; }

    /// <summary>The length that the message declares; null for the right one.</summary>
    public int? DeclaredBytes { get; init; }

    public bool IsInline => Form is PictureForm.Cached or PictureForm.Stripped;

    /// <summary>All bytes; for the small ones that travel in messages.</summary>
    public byte[] ReadAll()
    {
        var bytes = new byte[Content.Size];
        Content.Read(0, bytes);
        return bytes;
    }
}

/// <summary>A photo in its sizes.</summary>
public sealed class EmulatedPhoto : EmulatedFile
{
    internal EmulatedPhoto(long id, int dc, IReadOnlyList<EmulatedPicture> sizes)
        : base(id, dc) => Sizes = sizes;

    /// <summary>In the order in which they are sent.</summary>
    public IReadOnlyList<EmulatedPicture> Sizes { get; }

    /// <summary>The largest that can be downloaded.</summary>
    public EmulatedPicture Largest => Sizes.Where(s => !s.IsInline).MaxBy(s => (long)s.Width * s.Height)!;

    public override FileContent? ContentOrNull(string thumbSize) => Pictures.ContentOrNull(Sizes, thumbSize);
}

static class Pictures
{
    public static FileContent? ContentOrNull(IReadOnlyList<EmulatedPicture> pictures, string type) =>
        pictures.FirstOrDefault(p => !p.IsInline && p.Type == type)?.Content;
}
