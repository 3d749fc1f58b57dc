using System.Globalization;
using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;

namespace Fleet.Worker;

/// <summary>Describes a file by what its bytes are, not by what the sender called them.</summary>
static class FileDescription
{
    /// <summary>What a result says of itself besides its name and its bytes.</summary>
    public static ResultFacts Of(MediaItem item, MediaFacts facts)
    {
        var info = facts.Info;
        var hasPicture = info?.Streams.Any(s => s.Kind == StreamKind.Video) ?? true;
        var playable = Media.Playability.Of(facts);
        return new ResultFacts
        {
            ContentType = ContentTypeOf(facts.Container, hasPicture, item.MimeType),
            Container = facts.Container,
            DurationMs = (long?)info?.Duration?.TotalMilliseconds ?? (long?)(item.DurationSeconds * 1000),
            Streams = [.. (info?.Streams ?? []).Where(s => s.Kind <= StreamKind.Subtitle).Select(StreamOf)],
            Playable = facts.Container is null ? null : new(PlaybackOf(playable.Web), playable.Reasons),
        };
    }

    /// <summary>Last part of the object key: ASCII, with the extension of what it is.</summary>
    public static string KeyName(ResultFacts facts) =>
        $"file.{facts.ExtensionOrNull() ?? ImageExtensionOrNull(facts.ContentType) ?? "bin"}";

    /// <summary>
    /// A safe name for people, before its extension follows the container (<see cref="ResultFacts.NameOf"/>). When one was asked for,
    /// a second file and later ones have their number before its extension, unless the name tells them apart itself.
    /// </summary>
    /// <param name="wanted">Name the client asked for (<see cref="FileNameTemplate"/>), if any.</param>
    /// <param name="position">The file's place among the job's, from 0.</param>
    public static string NameOf(MediaItem item, string? wanted, int position)
    {
        if (wanted is null)
            return SafeFileName.From(item.FileName ?? NameOf(item));
        // Made safe first: what is filled in may look like a path.
        var name = SafeFileName.From(FileNameTemplate.Fill(wanted, place => ValueOf(place, item, position)));
        return position == 0 || FileNameTemplate.TellsApart(wanted)
            ? name
            : SafeFileName.From(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path.GetFileNameWithoutExtension(name)} ({position + 1}){Path.GetExtension(name)}"
                )
            );
    }

    static string? ValueOf(string place, MediaItem item, int position) =>
        place switch
        {
            "name" => Path.GetFileNameWithoutExtension(item.FileName ?? NameOf(item)),
            "title" => item.Title,
            "performer" => item.Performer,
            "caption" => item.Caption?.Split('\n')[0],
            "chat" => item.Origin.Username ?? Text(item.Origin.PeerId),
            "message" => Text(item.Origin.MessageId),
            "date" => item.Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "document" => Text(item.DocumentId),
            "number" => Text(position + 1),
            _ => null,
        };

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the name of extracted subtitles ends with: their language, when the file says one, else their number.</summary>
    /// <param name="position">From 0.</param>
    public static string SubtitleExtension(int position, string? language) =>
        language is not null && language.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? $"{language}.vtt"
            : string.Create(CultureInfo.InvariantCulture, $"{position + 1}.vtt");

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
