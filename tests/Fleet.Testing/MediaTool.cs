using System.Globalization;

namespace Fleet.Testing;

/// <summary>FFmpeg as the tests use it: to make samples and to look into results.</summary>
public static class MediaTool
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Makes a Matroska file with H.264 video and two AAC tracks (English, German).</summary>
    public static Task MakeMatroskaAsync(string path, int seconds)
    {
        var duration = seconds.ToString(CultureInfo.InvariantCulture);
        return RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -y"
                + $" -f lavfi -i testsrc2=size=640x360:rate=25:duration={duration}"
                + $" -f lavfi -i sine=frequency=440:duration={duration}"
                + $" -f lavfi -i sine=frequency=660:duration={duration}"
                + " -map 0:v -map 1:a -map 2:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -b:a 96k"
                + " -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -f matroska",
            path
        );
    }

    /// <summary>Makes a JPEG of 320 x 180.</summary>
    public static Task MakePictureAsync(string path) =>
        RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -y -f lavfi -i testsrc2=size=320x180 -frames:v 1 -f mjpeg",
            path
        );

    /// <summary>Makes Opus sound.</summary>
    public static Task MakeSoundAsync(string path, int seconds) =>
        RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -y"
                + $" -f lavfi -i sine=frequency=330:duration={seconds.ToString(CultureInfo.InvariantCulture)} -c:a libopus",
            path
        );

    /// <summary>Makes a short Matroska film with subtitles in Russian that say <c>Hello</c>.</summary>
    public static async Task MakeSubtitledAsync(string path)
    {
        var text = Path.ChangeExtension(path, "srt");
        await File.WriteAllTextAsync(text, "1\n00:00:00,500 --> 00:00:01,500\nHello\n");
        await RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -y -f lavfi -i testsrc2=size=320x180:rate=25:duration=3"
                + $" -i {text} -map 0:v -map 1:s -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:s srt"
                + " -metadata:s:s:0 language=rus -f matroska",
            path
        );
    }

    /// <summary>Makes a film of noise that cannot be compressed: about 8 MB for each second.</summary>
    /// <param name="muxer">FFmpeg's name of the container; an MP4 has its index at the end.</param>
    public static Task MakeLargeAsync(string path, string muxer, int seconds) =>
        RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -y"
                + $" -f lavfi -i testsrc2=size=640x360:rate=25:duration={seconds.ToString(CultureInfo.InvariantCulture)}"
                + $" -vf noise=alls=100:allf=t -c:v libx264 -preset ultrafast -g 25 -qp 4 -pix_fmt yuv420p -f {muxer}",
            path
        );

    /// <summary>Makes a longer film of several times the same one.</summary>
    public static Task RepeatAsync(string path, int times, string muxer, string to) =>
        RunAsync(
            FormattableString.Invariant($"ffmpeg -hide_banner -nostdin -loglevel error -y -stream_loop {times - 1} -i"),
            path,
            $"-c copy -f {muxer} {to}"
        );

    /// <summary>FFmpeg's name of a file's container, such as <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</summary>
    public static async Task<string> FormatAsync(string path) =>
        (await RunAsync("ffprobe -v error -show_entries format=format_name -of csv=p=0", path)).Trim();

    /// <summary>One line per stream, in a fixed order: its kind and the SHA-256 of its packets.</summary>
    public static async Task<IReadOnlyList<string>> PacketHashesAsync(string path)
    {
        var text = await RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -i",
            path,
            "-map 0:v -map 0:a? -c copy -f streamhash -hash sha256 -"
        );
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    /// <summary>The same of a file that has sound alone.</summary>
    public static async Task<IReadOnlyList<string>> SoundHashesAsync(string path)
    {
        var text = await RunAsync(
            "ffmpeg -hide_banner -nostdin -loglevel error -i",
            path,
            "-map 0:a -c copy -f streamhash -hash sha256 -"
        );
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    static async Task<string> RunAsync(string before, string path, string after = "")
    {
        string[] words =
        [
            .. before.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            path,
            .. after.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        await using var tool = await ChildProcess.StartAsync(
            words[0],
            [Path.Combine(AppContext.BaseDirectory, "exit-code.sh"), .. words]
        );
        await tool.ExitedAsync(Deadline);
        var output = tool.Output;
        return output.EndsWith("exit 0", StringComparison.Ordinal)
            ? output[..^"exit 0".Length]
            : throw new InvalidOperationException($"{words[0]} failed:\n{output}");
    }
}
