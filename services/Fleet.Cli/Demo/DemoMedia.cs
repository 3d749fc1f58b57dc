using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Fleet.Cli;

/// <summary>What ffprobe says of a file.</summary>
/// <param name="Format">Names of its container, separated by commas.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Streams">One text per stream: kind, codec, language, size or channels.</param>
sealed record MediaFacts(string Format, double Seconds, IReadOnlyList<string> Streams);

/// <summary>FFmpeg and ffprobe as the demo uses them.</summary>
sealed class DemoMedia(TimeProvider time)
{
    /// <summary>Length of the sample video.</summary>
    public const int SampleSeconds = 60;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Makes a Matroska file of a minute: H.264 video, an English and a German AAC track.</summary>
    public Task MakeSampleAsync(string path, CancellationToken ct)
    {
        var length = string.Create(CultureInfo.InvariantCulture, $"duration={SampleSeconds}");
        return RunAsync(
            "ffmpeg",
            [
                .. Words("-hide_banner -nostdin -loglevel error -y"),
                .. Words($"-f lavfi -i testsrc2=size=1280x720:rate=25:{length}"),
                .. Words($"-f lavfi -i sine=frequency=440:{length} -f lavfi -i sine=frequency=660:{length}"),
                .. Words("-map 0:v -map 1:a -map 2:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50"),
                .. Words("-c:a aac -b:a 96k -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger -f matroska"),
                path,
            ],
            ct
        );
    }

    /// <summary>Looks into a file.</summary>
    public async Task<MediaFacts> ProbeAsync(string path, CancellationToken ct)
    {
        var text = await RunAsync("ffprobe", [.. Words("-v error -of json -show_format -show_streams"), path], ct);
        using var json = JsonDocument.Parse(text);
        var format = json.RootElement.GetProperty("format");
        return new MediaFacts(
            Text(format, "format_name"),
            double.Parse(Text(format, "duration"), CultureInfo.InvariantCulture),
            [.. json.RootElement.GetProperty("streams").EnumerateArray().Select(Describe)]
        );
    }

    static string Describe(JsonElement stream)
    {
        var language = stream.TryGetProperty("tags", out var tags) ? Text(tags, "language") : "";
        // ISO 639-2 has two codes for German; containers differ in which one they keep.
        language =
            language is "deu" ? "ger"
            : language is "und" ? ""
            : language;
        var size = Text(stream, "codec_type") is "video"
            ? $"{Text(stream, "width")}x{Text(stream, "height")}"
            : $"{language} {Text(stream, "channels")}ch";
        return $"{Text(stream, "codec_type")} {Text(stream, "codec_name")} {size}";
    }

    static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value.ToString() : "";

    static string[] Words(string text) => text.Split(' ');

    async Task<string> RunAsync(string program, string[] arguments, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var process = Start(program, arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(both.Token);
            var errors = process.StandardError.ReadToEndAsync(both.Token);
            await process.WaitForExitAsync(both.Token);
            return process.ExitCode == 0
                ? await output
                : throw new FailureException($"{program} failed: {LastLine(await errors)}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException($"{program} did not end within {Deadline.TotalMinutes:0} minutes");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    static Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start) ?? throw new FailureException($"{program} did not start");
        }
        catch (Win32Exception)
        {
            throw new FailureException($"{program} is not installed (Debian package ffmpeg)");
        }
    }

    static string LastLine(string text) => text.Trim().Split('\n')[^1];
}
