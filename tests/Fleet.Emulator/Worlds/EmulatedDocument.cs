namespace Fleet.Emulator.Worlds;

/// <summary>A file on the emulated servers. Id and size are the same for everyone; hash and reference are per account.</summary>
public sealed class EmulatedDocument
{
    int _dc;
    int _referenceEpoch = 1;

    internal EmulatedDocument(long id, FileContent content, int dc)
    {
        Id = id;
        Content = content;
        _dc = dc;
    }

    public long Id { get; }
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

    /// <summary>The data centre that stores it, 1 to 5; other ones answer FILE_MIGRATE.</summary>
    public int Dc => Volatile.Read(ref _dc);

    /// <summary>File references of older epochs are expired.</summary>
    public int ReferenceEpoch => Volatile.Read(ref _referenceEpoch);

    /// <summary>Moves it: from now on only <paramref name="dc"/> serves it.</summary>
    public void MoveTo(int dc) => Interlocked.Exchange(ref _dc, dc);

    /// <summary>Every file reference given out so far is answered by FILE_REFERENCE_EXPIRED from now on.</summary>
    public void ExpireReferences() => Interlocked.Increment(ref _referenceEpoch);
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

    /// <summary>For video and audio, in seconds.</summary>
    public double DurationSeconds { get; init; }

    public int Width { get; init; }
    public int Height { get; init; }
}
