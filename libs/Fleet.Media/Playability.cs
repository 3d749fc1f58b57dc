namespace Fleet.Media;

/// <summary>Whether browsers play a file, and if not, why.</summary>
/// <param name="Reasons">snake_case codes such as video_hevc, audio_dts, container_mkv, index_last; empty when everything is well.</param>
public sealed record Playability(WebSupport Web, IReadOnlyList<string> Reasons)
{
    /// <summary>Nothing that a browser could play.</summary>
    public static Playability NotMedia { get; } = new(WebSupport.None, ["not_media"]);

    /// <summary>Judges a file by its facts.</summary>
    public static Playability Of(MediaFacts facts)
    {
        if (facts.Container is null)
            return NotMedia;
        if (facts.Info is not { } info)
            return new(WebSupport.None, [facts.IsWhole ? "damaged" : "unknown_codecs"]);

        var web = WebSupport.All;
        var reasons = new List<string>();
        if (!CodecTable.IsWebContainer(info.Container))
            Lower(WebSupport.None, $"container_{info.Container}");
        if (facts.Index is IndexPlace.Last or IndexPlace.NotSeen)
            Lower(WebSupport.Some, "index_last");
        if (!info.Streams.Any(s => s.Kind is StreamKind.Video or StreamKind.Audio))
            Lower(WebSupport.None, "no_streams");
        foreach (var stream in info.Streams)
        {
            var support = CodecTable.WebSupportOf(stream, info.Container);
            if (support != WebSupport.All)
                Lower(support, $"{(stream.Kind == StreamKind.Video ? "video" : "audio")}_{stream.Codec}");
            if (stream is { Kind: StreamKind.Video, Codec: "hevc", Tag: "hev1" })
                Lower(WebSupport.Some, "video_tag_hev1");
        }
        return new(web, [.. reasons.Distinct(StringComparer.Ordinal)]);

        void Lower(WebSupport to, string reason)
        {
            web = to < web ? to : web;
            reasons.Add(reason);
        }
    }
}
