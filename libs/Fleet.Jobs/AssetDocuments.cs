using System.Globalization;
using Fleet.Jobs.Rows;

namespace Fleet.Jobs;

/// <summary>What of a job's options decides the bytes of its result, as a stable text: jobs with equal keys share one transfer.</summary>
public static class PlanKey
{
    /// <summary>For example "auto", "mp4 index=1", "mp4 languages=de,en all". At most 460 characters for options that the API accepts.</summary>
    /// <param name="sound">Id of the document whose sound it gets.</param>
    public static string Of(JobOptions options, long? sound = null)
    {
        var poster = options.Poster ? " poster" : "";
        var container = EnumText.Of(options.Container);
        if (options.Container == ResultContainer.Original)
            return $"{container}{poster}";
        var (audio, languages) = (options.Audio, options.Audio.Languages);
        var tracks =
            audio.Index is { } index ? string.Create(CultureInfo.InvariantCulture, $" index={index}")
            : languages.Count > 0 ? $" languages={string.Join(',', languages)}"
            : "";
        var subtitles = options.Subtitles == SubtitleMode.Embed ? "" : $" subtitles={EnumText.Of(options.Subtitles)}";
        var encoding = options.AllowTranscode ? " transcode" : "";
        var joined = sound is { } id ? string.Create(CultureInfo.InvariantCulture, $" sound={id}") : "";
        return $"{container}{tracks}{(audio.KeepAll ? " all" : "")}{subtitles}{encoding}{joined}{poster}";
    }
}

/// <summary>What a result is, apart from its name and its bytes.</summary>
public sealed record ResultFacts
{
    public required string ContentType { get; init; }

    /// <summary>mp4, mkv, webm ...; null when it is no media file.</summary>
    public string? Container { get; init; }

    public long? DurationMs { get; init; }
    public IReadOnlyList<StreamInfo> Streams { get; init; } = [];
    public Playability? Playable { get; init; }

    /// <summary>What files of this kind end with, without the dot; null when it is no media file.</summary>
    public string? ExtensionOrNull() => FileExtensions.OfOrNull(ContentType, Container);

    /// <summary>The name with an extension of its kind. One that names another kind is replaced; of others it is not sure that they are extensions: "Part 2.5" becomes "Part 2.5.mp4".</summary>
    public string NameOf(string name)
    {
        var given = Path.GetExtension(name);
        if (ExtensionOrNull() is not { } extension || FileExtensions.IsOf(given, ContentType, Container))
            return name;
        return FileExtensions.IsOfMedia(given) ? Path.ChangeExtension(name, extension) : $"{name}.{extension}";
    }
}

/// <summary>An upload of original bytes that has begun.</summary>
/// <param name="PartBytes">Size of every part but the last.</param>
/// <param name="Facts">What the result is, when it is these bytes; null when they are yet to be put into another container.</param>
public sealed record AssetUpload(string Key, string UploadId, long PartBytes, ResultFacts? Facts);

/// <summary>A file that is stored and verified.</summary>
/// <param name="Sha256">32 bytes.</param>
public sealed record AssetResult(string Key, long SizeBytes, byte[] Sha256, ResultFacts Facts)
{
    /// <summary>It is byte for byte what Telegram has.</summary>
    public bool IsSource { get; init; }

    /// <summary>Files that belong to it.</summary>
    public IReadOnlyList<SideFile> SideFiles { get; init; } = [];

    /// <summary>The files as one of the jobs that share them has them.</summary>
    /// <param name="number">Which of the job's results it is, from 0.</param>
    internal List<JobFile> ToJobFiles(JobAsset share, int number)
    {
        var file = ToJobFile(share, number);
        return [file, .. SideFiles.Select(side => side.ToJobFile(file))];
    }

    JobFile ToJobFile(JobAsset share, int number) =>
        new()
        {
            JobId = share.JobId,
            Id = number == 0 ? "media" : $"media-{number + 1}",
            Name = Facts.NameOf(share.Name),
            ObjectKey = Key,
            SizeBytes = SizeBytes,
            ContentType = Facts.ContentType,
            Sha256 = Sha256,
            Container = Facts.Container,
            DurationMs = Facts.DurationMs,
            Streams = Facts.Streams,
            Playable = Facts.Playable,
        };
}

/// <summary>A file that belongs to a result, such as its subtitles.</summary>
/// <param name="Id">What it is called after the file's own id, for example "subtitles-1".</param>
/// <param name="Extension">What its name ends with instead of the file's extension, for example "rus.vtt".</param>
/// <param name="Sha256">32 bytes.</param>
/// <param name="Stream">What is in it.</param>
public sealed record SideFile(
    string Id,
    string Extension,
    string Key,
    long SizeBytes,
    byte[] Sha256,
    string ContentType,
    StreamInfo Stream
)
{
    internal JobFile ToJobFile(JobFile file) =>
        new()
        {
            JobId = file.JobId,
            Id = $"{file.Id}-{Id}",
            Name = Path.ChangeExtension(file.Name, Extension),
            ObjectKey = Key,
            SizeBytes = SizeBytes,
            ContentType = ContentType,
            Sha256 = Sha256,
            Streams = [Stream],
        };
}
