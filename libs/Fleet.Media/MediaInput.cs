namespace Fleet.Media;

/// <summary>Where FFmpeg reads a file: on disk, or from this process while it still comes; and where it has its sound from, when that is another file.</summary>
public sealed record MediaInput
{
    MediaInput(string url, long sizeBytes)
    {
        Url = url;
        SizeBytes = sizeBytes;
    }

    /// <summary>As FFmpeg takes it, with its protocol.</summary>
    internal string Url { get; }

    public long SizeBytes { get; }

    /// <summary>A second input, which the sound comes from; null when there is one input.</summary>
    public MediaInput? Sound { get; init; }

    /// <summary>When its first stream begins, from the zero of its timeline: kept, so that sound which begins later still does; null lets it begin at zero.</summary>
    public TimeSpan? Start { get; init; }

    /// <summary>FFmpeg's name of the only format to try; null lets it look.</summary>
    internal string? Demuxer { get; private init; }

    /// <summary>Whether FFmpeg waits for bytes that have not come yet: then it does not stall.</summary>
    internal Func<bool> IsWaiting { get; private init; } = () => false;

    /// <summary>It reads from this process, and needs the network for that.</summary>
    internal bool IsRemote => Demuxer is not null;

    /// <summary>A whole file on disk.</summary>
    public static MediaInput File(string path, long sizeBytes) => new($"file:{path}", sizeBytes);

    /// <summary>A file that this process serves over HTTP with ranges.</summary>
    /// <param name="address">On this machine.</param>
    /// <param name="container">What its first bytes say that it is, as in <see cref="MediaFacts.Container"/>.</param>
    /// <param name="isWaiting">Whether bytes are asked for that have not come yet.</param>
    /// <returns>Null for a container that may name other files to read: FFmpeg has the network here.</returns>
    public static MediaInput? ServedOrNull(Uri address, long sizeBytes, string container, Func<bool> isWaiting) =>
        DemuxerOrNull(container) is { } demuxer
            ? new(address.AbsoluteUri, sizeBytes) { Demuxer = demuxer, IsWaiting = isWaiting }
            : null;

    /// <summary>Formats whose readers open nothing else: FFmpeg does not follow the references of MP4 by default.</summary>
    static string? DemuxerOrNull(string container) =>
        container switch
        {
            "mp4" or "mov" => "mov",
            "mkv" or "webm" => "matroska",
            "mpegts" or "avi" => container,
            _ => null,
        };
}
