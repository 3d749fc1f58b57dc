namespace Fleet.Media;

/// <summary>Chooses sound tracks: by position, then by language, then what the file marks as default, then the most channels.</summary>
static class AudioPicker
{
    /// <summary>True when the selection leaves the file as it is.</summary>
    public static bool KeepsAll(AudioSelection selection, MediaInfo info) =>
        Pick(selection, info).SequenceEqual(info.Streams.Where(s => s.Kind == StreamKind.Audio));

    /// <summary>The tracks to keep, the chosen one first.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.Unsupported"/>: there is no track at the position asked for.</exception>
    public static List<MediaStream> Pick(AudioSelection selection, MediaInfo info)
    {
        var tracks = info.Streams.Where(s => s.Kind == StreamKind.Audio).ToList();
        if (selection is { Index: null, Languages.Count: 0 })
            return tracks;
        if (selection.Index >= tracks.Count)
        {
            throw new MediaException(
                MediaErrors.Unsupported,
                $"There is no sound track {selection.Index}; the file has {tracks.Count}."
            );
        }
        if (tracks.Count == 0)
            return tracks;
        var chosen = selection.Index is { } index ? tracks[index] : ByLanguage(selection.Languages, tracks);
        return selection.KeepAll ? [chosen, .. tracks.Where(t => t != chosen)] : [chosen];
    }

    /// <summary>Position of the track that is played when nothing is asked for; null when there is no sound.</summary>
    public static int? Preferred(MediaInfo info)
    {
        var tracks = info.Streams.Where(s => s.Kind == StreamKind.Audio).ToList();
        return tracks.Count == 0 ? null : tracks.IndexOf(Preferred(tracks));
    }

    static MediaStream ByLanguage(IReadOnlyList<string> languages, List<MediaStream> tracks) =>
        languages
            .Select(language => tracks.Find(t => LanguageTags.Match(language, t.Language)))
            .FirstOrDefault(t => t is not null)
        ?? Preferred(tracks);

    static MediaStream Preferred(List<MediaStream> tracks) =>
        tracks.OrderByDescending(t => t.IsDefault).ThenByDescending(t => t.Channels ?? 0).First();
}
