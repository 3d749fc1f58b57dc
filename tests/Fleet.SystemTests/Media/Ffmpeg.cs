using System.Diagnostics;

namespace Fleet.SystemTests.Media;

/// <summary>The installed FFmpeg, used by tests to make samples and to judge results without Fleet's own code.</summary>
static class Ffmpeg
{
    const string Picture = "testsrc2=size=320x180:rate=25:duration=3";
    const string Sound = "sine=frequency=440:duration=3";

    const string Subtitles = """
        1
        00:00:00,100 --> 00:00:01,000
        Hello

        2
        00:00:01,200 --> 00:00:02,000
        World

        """;

    /// <summary>H.264, two AAC tracks (eng, rus) and SRT in Matroska, 3 s.</summary>
    public static async Task<string> FilmAsync(string folder, string name = "film.mkv", params string[] output)
    {
        var subtitles = Path.Combine(folder, "film.srt");
        await File.WriteAllTextAsync(subtitles, Subtitles);
        var path = Path.Combine(folder, name);
        string[] encode =
            output.Length > 0
                ? output
                : ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-c:s", "srt"];
        await RunAsync([
            .. new[] { "-f", "lavfi", "-i", Picture, "-f", "lavfi", "-i", Sound, "-i", subtitles },
            .. new[] { "-map", "0:v", "-map", "1:a", "-map", "1:a", "-map", "2:s" },
            .. encode,
            .. new[] { "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=rus", path },
        ]);
        return path;
    }

    /// <summary>Picture and one sound track under the given encoders.</summary>
    public static async Task<string> ClipAsync(string folder, string name, params string[] encode)
    {
        var path = Path.Combine(folder, name);
        await RunAsync(["-f", "lavfi", "-i", Picture, "-f", "lavfi", "-i", Sound, "-shortest", .. encode, path]);
        return path;
    }

    /// <summary>A hash per stream of a kind over its packets: equal hashes mean that no byte of the media changed.</summary>
    public static async Task<string[]> StreamHashesAsync(string path, string map, params string[] filters)
    {
        var text = await RunAsync(["-i", path, "-map", map, "-c", "copy", .. filters, "-f", "streamhash", "-"]);
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line[(line.IndexOf(',', StringComparison.Ordinal) + 1)..]),
        ];
    }

    /// <summary>What ffprobe says, a line per stream, its values separated by commas.</summary>
    public static Task<string> ProbeAsync(string path, string entries) =>
        RunAsync("ffprobe", ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", path]);

    public static Task<string> RunAsync(IEnumerable<string> arguments) =>
        RunAsync("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "error", "-y", .. arguments]);

    static async Task<string> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, await errors);
        return await output;
    }
}
