using System.Collections.Frozen;

namespace Fleet.Jobs;

/// <summary>Which extensions media files have, by what they are.</summary>
static class FileExtensions
{
    /// <summary>The usual one first.</summary>
    static readonly FrozenDictionary<string, string[]> ByKind = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["mp4"] = ["mp4", "m4v", "3gp"],
        ["audio/mp4"] = ["m4a", "m4b"],
        ["mov"] = ["mov", "qt"],
        ["mkv"] = ["mkv", "mk3d"],
        ["audio/x-matroska"] = ["mka"],
        ["webm"] = ["webm"],
        ["mpegts"] = ["ts", "m2ts", "mts"],
        ["avi"] = ["avi"],
        ["mp3"] = ["mp3"],
        ["ogg"] = ["ogg", "oga", "opus"],
        ["flac"] = ["flac"],
        ["wav"] = ["wav"],
        ["aac"] = ["aac"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenSet<string> All = ByKind
        .Values.SelectMany(extensions => extensions)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Without the dot.</summary>
    public static string? OfOrNull(string contentType, string? container) => Of(contentType, container)?[0];

    /// <summary>Whether an extension, with its dot, is one of this kind of file.</summary>
    public static bool IsOf(string extension, string contentType, string? container) =>
        extension.Length > 1
        && Of(contentType, container)?.Contains(extension[1..], StringComparer.OrdinalIgnoreCase) is true;

    /// <summary>Whether an extension, with its dot, is one of any media file.</summary>
    public static bool IsOfMedia(string extension) => extension.Length > 1 && All.Contains(extension[1..]);

    static string[]? Of(string contentType, string? container) =>
        ByKind.GetValueOrDefault(contentType) ?? (container is null ? null : ByKind.GetValueOrDefault(container));
}
