using System.Globalization;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;

namespace Fleet.Worker;

/// <summary>What a result says of itself besides its bytes.</summary>
sealed record FileDescription
{
    /// <summary>Name for people.</summary>
    public required string Name { get; init; }

    public required string ContentType { get; init; }
    public string? Container { get; init; }
    public long? DurationMs { get; init; }
    public IReadOnlyList<StreamInfo> Streams { get; init; } = [];
    public Jobs.Playability? Playable { get; init; }

    /// <summary>Last part of the object key: ASCII, with the extension of what it is.</summary>
    public string KeyName => $"file.{ExtensionOf(Container) ?? ImageExtensionOrNull(ContentType) ?? "bin"}";

    /// <summary>Describes a file by what its bytes are, not by what the sender called them.</summary>
    /// <param name="wanted">Name the client asked for, if any.</param>
    public static FileDescription Of(MediaItem item, MediaFacts facts, string? wanted)
    {
        var info = facts.Info;
        var name = SafeFileName.From(wanted ?? item.FileName ?? NameOf(item));
        var hasPicture = info?.Streams.Any(s => s.Kind == StreamKind.Video) ?? true;
        var playable = Media.Playability.Of(facts);
        return new FileDescription
        {
            Name = ExtensionOf(facts.Container) is { } extension ? WithExtension(name, extension) : name,
            ContentType = ContentTypeOf(facts.Container, hasPicture, item.MimeType),
            Container = facts.Container,
            DurationMs = (long?)info?.Duration?.TotalMilliseconds ?? (long?)(item.DurationSeconds * 1000),
            Streams = [.. (info?.Streams ?? []).Where(s => s.Kind <= StreamKind.Subtitle).Select(StreamOf)],
            Playable = facts.Container is null ? null : new(PlaybackOf(playable.Web), playable.Reasons),
        };
    }

    /// <summary>The name that was asked for; a second file and later ones have their number before its extension.</summary>
    /// <param name="wanted">Null for none.</param>
    /// <param name="position">The file's place among the job's, from 0.</param>
    public static string? NumberedOrNull(string? wanted, int position) =>
        wanted is null || position == 0
            ? wanted
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(wanted)} ({position + 1}){Path.GetExtension(wanted)}"
            );

    public JobFile ToJobFile(Guid jobId, int position, StoredFile stored) =>
        new()
        {
            JobId = jobId,
            Id = position == 0 ? "media" : $"media-{position + 1}",
            Name = Name,
            ObjectKey = stored.Key,
            SizeBytes = stored.SizeBytes,
            ContentType = ContentType,
            Sha256 = stored.Sha256,
            Container = Container,
            DurationMs = DurationMs,
            Streams = Streams,
            Playable = Playable,
        };

    static StreamInfo StreamOf(MediaStream stream) =>
        new(stream.Kind.ToString().ToLowerInvariant(), stream.Codec)
        {
            Language = stream.Language,
            Width = stream.Width,
            Height = stream.Height,
            Channels = stream.Channels,
        };

    static WebPlayback PlaybackOf(WebSupport support) =>
        support switch
        {
            WebSupport.All => WebPlayback.Yes,
            WebSupport.Some => WebPlayback.Partial,
            _ => WebPlayback.No,
        };

    static string WithExtension(string name, string extension) =>
        Path.GetExtension(name).Equals($".{extension}", StringComparison.OrdinalIgnoreCase) || !IsMediaName(name)
            ? name
            : Path.ChangeExtension(name, extension);

    /// <summary>Only an extension that names another container, or none, is replaced: "Part 2.5" keeps its dot.</summary>
    static bool IsMediaName(string name) =>
        Path.GetExtension(name).ToLowerInvariant() is "" or ".mkv" or ".mp4" or ".mov" or ".avi" or ".ts" or ".webm";

    /// <summary>For what came without a name, as photos do.</summary>
    static string NameOf(MediaItem item) =>
        ImageExtensionOrNull(item.MimeType) is { } extension ? $"{item.DocumentId}.{extension}" : $"{item.DocumentId}";

    static string? ImageExtensionOrNull(string contentType) =>
        contentType switch
        {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            "image/gif" => "gif",
            "image/webp" => "webp",
            _ => null,
        };

    static string? ExtensionOf(string? container) =>
        container switch
        {
            "mpegts" => "ts",
            _ => container,
        };

    /// <summary>Never a type that a browser would run as a page of ours.</summary>
    static string ContentTypeOf(string? container, bool hasPicture, string given) =>
        container switch
        {
            "mp4" => hasPicture ? "video/mp4" : "audio/mp4",
            "mov" => "video/quicktime",
            "mkv" => hasPicture ? "video/x-matroska" : "audio/x-matroska",
            "webm" => hasPicture ? "video/webm" : "audio/webm",
            "mpegts" => "video/mp2t",
            "avi" => "video/x-msvideo",
            "mp3" => "audio/mpeg",
            "ogg" or "flac" or "wav" or "aac" => $"audio/{container}",
            _ when given is "image/jpeg" or "image/png" or "image/gif" or "image/webp" or "application/pdf" => given,
            _ => "application/octet-stream",
        };
}
