namespace Fleet.Cli;

/// <summary>What is to become of a link, as options of the command line.</summary>
static class JobOptionsOf
{
    public const string Help = """
          --container C    auto, original, mp4, fmp4, mkv, webm or audio; default auto
          --audio TAGS     languages of the sound, best first: de,en
          --quality LINES  at most so many lines of picture: 720
          --name NAME      name of the file; {performer}, {title} and other places are filled in
          --poster         adds a picture and a thumbnail of each video
          --metadata       adds a JSON file that says where each result came from
          --transcode      encodes what not every browser plays, where that is allowed
          --bulk           lets interactive jobs go first
        """;

    public static readonly string[] Valued = ["--container", "--audio", "--quality", "--name"];

    public static readonly string[] Flags = ["--poster", "--metadata", "--transcode", "--bulk"];

    /// <exception cref="UsageException">A value is no such value.</exception>
    public static object Read(Arguments given)
    {
        var lines = given.NumberOrNull("--quality", 1, 16_384);
        return new
        {
            Container = given.OneOrNull("--container"),
            Audio = given.OneOrNull("--audio") is { } tags
                ? new
                {
                    Languages = tags.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                }
                : null,
            Quality = lines is null ? null : new { MaxHeight = lines },
            FileName = given.OneOrNull("--name"),
            Poster = given.Has("--poster") ? true : (bool?)null,
            MetadataFile = given.Has("--metadata") ? true : (bool?)null,
            AllowTranscode = given.Has("--transcode") ? true : (bool?)null,
        };
    }

    public static string? QueueOf(Arguments given) => given.Has("--bulk") ? "bulk" : null;
}
