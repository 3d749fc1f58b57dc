using System.Diagnostics;
using Fleet.Media;

namespace Fleet.UnitTests.Media;

/// <summary>The table beside what the installed FFmpeg does: each codec is made, and copied into each container.</summary>
[Category("media")]
public sealed class CodecTableTests
{
    static readonly (string Codec, string Encoder)[] Video =
    [
        ("h264", "libx264 -preset ultrafast -pix_fmt yuv420p"),
        ("hevc", "libx265 -preset ultrafast -x265-params log-level=error"),
        ("av1", "libaom-av1 -cpu-used 8 -pix_fmt yuv420p"),
        ("vp9", "libvpx-vp9 -cpu-used 8 -deadline realtime -pix_fmt yuv420p"),
        ("vp8", "libvpx -deadline realtime"),
        ("mpeg4", "mpeg4"),
        ("mpeg2video", "mpeg2video"),
        ("mjpeg", "mjpeg -pix_fmt yuvj420p"),
        ("prores", "prores"),
        ("wmv2", "wmv2"),
    ];

    static readonly (string Codec, string Encoder)[] Audio =
    [
        ("aac", "aac"),
        ("mp3", "libmp3lame"),
        ("opus", "libopus"),
        ("vorbis", "libvorbis"),
        ("ac3", "ac3"),
        ("eac3", "eac3"),
        ("flac", "flac"),
        ("alac", "alac"),
        ("dts", "dca -strict -2"),
        ("truehd", "truehd -strict -2"),
        ("pcm_s16le", "pcm_s16le"),
        ("wmav2", "wmav2"),
    ];

    static IEnumerable<string> Codecs => Video.Concat(Audio).Select(c => c.Codec);

    [Test]
    public void Every_row_is_tried() => Assert.That(CodecTable.Known, Is.EquivalentTo(Codecs));

    [TestCaseSource(nameof(Codecs))]
    public async Task A_row_says_what_ffmpeg_does(string codec)
    {
        var folder = Directory.CreateTempSubdirectory("fleet-codecs-").FullName;
        try
        {
            var sample = Path.Combine(folder, "sample.mkv");
            Assert.That(await RunAsync($"{Source(codec)} -f matroska {sample}"), Is.Zero);

            var muxes = new List<ResultFormat>();
            foreach (var format in Enum.GetValues<ResultFormat>())
            {
                if (await RunAsync($"-i {sample} -c copy {Muxer(format)} {folder}/{format}") == 0)
                    muxes.Add(format);
            }

            var known = Enum.GetValues<ResultFormat>().Where(f => CodecTable.FitOf(codec, f) != Fit.No).ToList();
            Assert.That(known, Is.SubsetOf(muxes));
            Assert.That(muxes.Where(f => f < ResultFormat.Mp3), Is.SubsetOf(known)); // the containers with a column
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Source(string codec)
    {
        var picture = Array.Find(Video, c => c.Codec == codec).Encoder;
        return picture is not null
            ? $"-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v {picture}"
            : $"-f lavfi -i sine=sample_rate=48000:duration=1 -ac 2 -c:a {Array.Find(Audio, c => c.Codec == codec).Encoder}";
    }

    static string Muxer(ResultFormat format) =>
        format switch
        {
            ResultFormat.Mp4 => "-strict -2 -movflags +faststart -f mp4",
            ResultFormat.Fmp4 => "-strict -2 -movflags +frag_keyframe+empty_moov+default_base_moof+delay_moov -f mp4",
            ResultFormat.Mkv => "-f matroska",
            _ => $"-f {format.ToString().ToLowerInvariant()}",
        };

    static async Task<int> RunAsync(string arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", $"-hide_banner -nostdin -loglevel error -y {arguments}")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
