using Fleet.Media;
using Fleet.SystemTests.Page;
using Microsoft.Playwright;

namespace Fleet.SystemTests.Media;

/// <summary>What comes out of <c>auto</c>, in a real browser: its duration, and a picture that was decoded.</summary>
[Category("media")]
public sealed class PlaybackTests
{
    readonly MediaProber _prober = new(new(), TimeProvider.System);
    readonly Remuxer _remuxer = new(new(), new(new(), TimeProvider.System), TimeProvider.System);
    string _folder = null!;
    IPlaywright _playwright = null!;
    IBrowser _browser = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("fleet-playback-").FullName;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = PageRig.Chromium,
                Args = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
            }
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("h264-aac.mkv", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac")]
    [TestCase("h264-mp3.avi", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a libmp3lame")]
    [TestCase("h264-opus.mkv", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a libopus")]
    [TestCase("h264-flac.mkv", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a flac")]
    [TestCase("h264-aac.ts", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac")]
    [TestCase("h264-aac.mov", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac")]
    [TestCase("index-last.mp4", "mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac")]
    [TestCase("vp9-opus.mkv", "mp4", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -pix_fmt yuv420p -c:a libopus")]
    [TestCase("av1-opus.mkv", "mp4", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p -c:a libopus")]
    [TestCase("vp8-vorbis.mkv", "webm", "-c:v libvpx -deadline realtime -c:a libvorbis")]
    public async Task It_plays(string name, string extension, string encode)
    {
        var clip = await Ffmpeg.ClipAsync(_folder, name, encode.Split(' '));
        var facts = await _prober.ProbeAsync(clip, isWhole: true, default);
        var plan = MediaPlanner.Plan(MediaTarget.Auto, AudioSelection.Everything, facts);
        var output = Path.Combine(_folder, $"{name}.result.{extension}");
        var input = MediaInput.File(clip, new FileInfo(clip).Length);
        await _remuxer.RemuxAsync(input, facts, plan, output, _ => { }, default);

        var seen = await PlayAsync(output);

        Assert.That(seen.Duration, Is.EqualTo(3).Within(0.1));
        Assert.That((seen.Width, seen.Frames > 0), Is.EqualTo((320, true)));
    }

    async Task<Seen> PlayAsync(string path)
    {
        var page = await _browser.NewPageAsync();
        try
        {
            var html = path + ".html";
            await File.WriteAllTextAsync(html, $"<video muted src=\"{Path.GetFileName(path)}\"></video>");
            await page.GotoAsync(new Uri(html).AbsoluteUri);
            return await page.EvaluateAsync<Seen>(
                """
                async () => {
                    const video = document.querySelector("video");
                    const decoded = new Promise((resolve, reject) => {
                        video.requestVideoFrameCallback((_, frame) => resolve(frame.presentedFrames));
                        video.onerror = () => reject(new Error(video.error.message));
                        if (video.error) video.onerror();
                    });
                    await video.play();
                    return { Frames: await decoded, Duration: video.duration, Width: video.videoWidth };
                }
                """
            );
        }
        finally
        {
            await page.CloseAsync();
        }
    }

    sealed record Seen
    {
        public double Duration { get; init; }
        public int Width { get; init; }
        public int Frames { get; init; }
    }
}
