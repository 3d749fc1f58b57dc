namespace Fleet.Emulator.Worlds;

/// <summary>A file on the emulated servers. Id and size are the same for everyone; hash and reference are per account.</summary>
public sealed class EmulatedDocument : EmulatedFile
{
    internal EmulatedDocument(long id, FileContent content, int dc)
        : base(id, dc) => Content = content;

    public FileContent Content { get; }
    public long Size => Content.Size;
    public required string FileName { get; init; }
    public required string MimeType { get; init; }

    /// <summary>Set for video and audio.</summary>
    public MediaKind Kind { get; init; }

    /// <summary>Of video and audio, in seconds.</summary>
    public double DurationSeconds { get; init; }

    public int Width { get; init; }
    public int Height { get; init; }
    public string? Codec { get; init; }
    public string? Title { get; init; }
    public string? Performer { get; init; }
    public IReadOnlyList<EmulatedPicture> Thumbs { get; init; } = [];

    /// <summary>The same video in other qualities, sent along as alt_documents.</summary>
    public IReadOnlyList<EmulatedDocument> Alternatives { get; init; } = [];

    /// <summary>Its copy on the CDN; null when it has none.</summary>
    public CdnCopy? Cdn { get; init; }

    public override FileContent? ContentOrNull(string thumbSize) =>
        thumbSize.Length == 0 ? Content : Pictures.ContentOrNull(Thumbs, thumbSize);
}

/// <summary>Which documentAttribute a document carries besides its file name.</summary>
public enum MediaKind
{
    File,
    Video,
    Audio,
}

/// <summary>How to publish a document; everything but the content has a default.</summary>
public sealed record NewDocument(FileContent Content)
{
    /// <summary>Default file.bin.</summary>
    public string FileName { get; init; } = "file.bin";

    /// <summary>Null: by the file name's extension.</summary>
    public string? MimeType { get; init; }

    /// <summary>Default 2.</summary>
    public int Dc { get; init; } = 2;

    /// <summary>Whether clients that can are sent to the CDN for it. Default false.</summary>
    public bool OnCdn { get; init; }

    /// <summary>For video and audio, in seconds.</summary>
    public double DurationSeconds { get; init; }

    public int Width { get; init; }
    public int Height { get; init; }

    /// <summary>Of video, as Telegram names it: h264, h265, av01.</summary>
    public string? Codec { get; init; }

    /// <summary>Of audio.</summary>
    public string? Title { get; init; }

    /// <summary>Of audio.</summary>
    public string? Performer { get; init; }

    public IReadOnlyList<EmulatedPicture> Thumbs { get; init; } = [];

    /// <summary>Other qualities; each becomes a document of its own.</summary>
    public IReadOnlyList<NewDocument> Alternatives { get; init; } = [];
}

/// <summary>How to publish a photo.</summary>
public sealed record NewPhoto(IReadOnlyList<EmulatedPicture> Sizes)
{
    /// <summary>Default 2.</summary>
    public int Dc { get; init; } = 2;

    /// <summary>A photo in the sizes that Telegram makes: stripped, cached, a plain small one, and <paramref name="largest"/> as a
    /// progressive one.</summary>
    public static NewPhoto Of(FileContent largest, int width, int height) =>
        new([
            new("i", 40, 40, new GeneratedContent(1, 120)) { Form = PictureForm.Stripped },
            new("s", 90, 90, new GeneratedContent(2, 900)) { Form = PictureForm.Cached },
            new("m", 320, 320, new GeneratedContent(3, 20_001)),
            new("y", width, height, largest) { Form = PictureForm.Progressive },
        ]);
}
