using System.Globalization;
using Fleet.Jobs.Rows;

namespace Fleet.Jobs;

/// <summary>What of a job's options decides the bytes of its result, as a stable text: jobs with equal keys share one transfer.</summary>
public static class PlanKey
{
    /// <summary>For example "auto", "mp4 index=1", "mp4 languages=de,en all". At most 400 characters for options that the API accepts.</summary>
    public static string Of(JobOptions options)
    {
        var container = EnumText.Of(options.Container);
        if (options.Container == ResultContainer.Original)
            return container;
        var (audio, languages) = (options.Audio, options.Audio.Languages);
        var tracks =
            audio.Index is { } index ? string.Create(CultureInfo.InvariantCulture, $" index={index}")
            : languages.Count > 0 ? $" languages={string.Join(',', languages)}"
            : "";
        return $"{container}{tracks}{(audio.KeepAll ? " all" : "")}";
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

    /// <summary>The name with an extension of its kind. Only one that names another kind, or none, is replaced: "Part 2.5" keeps its dot.</summary>
    public string NameOf(string name) =>
        ExtensionOrNull() is { } extension && FileExtensions.Misleads(Path.GetExtension(name), ContentType, Container)
            ? Path.ChangeExtension(name, extension)
            : name;
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

    /// <summary>The file as one of the jobs that share it has it.</summary>
    internal JobFile ToJobFile(JobAsset share) =>
        new()
        {
            JobId = share.JobId,
            Id = share.Position == 0 ? "media" : $"media-{share.Position + 1}",
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
