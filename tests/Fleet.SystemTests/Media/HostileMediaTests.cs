using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fleet.Media;

namespace Fleet.SystemTests.Media;

/// <summary>Files that are made to hurt. Each ends in a result or in a code, leaves nothing behind, and nothing is fetched.</summary>
[Category("media")]
public sealed class HostileMediaTests
{
    const int Mebibyte = 1 << 20;

    static readonly string[] Codes =
    [
        MediaErrors.Truncated,
        MediaErrors.Unsupported,
        MediaErrors.Invalid,
        MediaErrors.RemuxFailed,
        MediaErrors.RemuxTimeout,
    ];

    static readonly MediaOptions Options = new()
    {
        MinDeadline = TimeSpan.FromSeconds(10),
        Stall = TimeSpan.FromSeconds(5),
    };

    readonly MediaProber _prober = new(Options, TimeProvider.System);
    readonly Remuxer _remuxer = new(Options, new(Options, TimeProvider.System), TimeProvider.System);
    readonly Dictionary<string, byte[]> _good = new(StringComparer.Ordinal);
    readonly PosterMaker _posters = new(Options, TimeProvider.System);
    string _folder = null!;
    TcpListener _bait = null!;

    [OneTimeSetUp]
    public async Task MakeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("fleet-hostile-").FullName;
        string[] encode = [.. "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac".Split(' ')];
        foreach (var name in new[] { "film.mkv", "last.mp4", "film.ts", "film.avi" })
            await KeepAsync(name, await Ffmpeg.ClipAsync(_folder, name, encode));
        await KeepAsync(
            "first.mp4",
            await Ffmpeg.ClipAsync(_folder, "first.mp4", [.. encode, "-movflags", "+faststart"])
        );
        _bait = new(IPAddress.Loopback, 0);
        _bait.Start();
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        _bait.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_file_cut_at_any_tenth_ends(
        [Values("film.mkv", "last.mp4", "first.mp4", "film.ts", "film.avi")] string name,
        [Range(1, 9)] int tenth
    )
    {
        var cut = _good[name][..(_good[name].Length * tenth / 10)];

        var outcome = await RunAsync(cut);

        // A broadcast stream has no end that could be missed.
        if (name != "film.ts")
            Assert.That(outcome, Is.AnyOf(MediaErrors.Truncated, MediaErrors.Invalid));
    }

    [Test]
    public async Task What_is_no_media_is_refused(
        [Values("nothing", "zeros", "text", "picture", "zip", "script")] string kind
    )
    {
        var bytes = kind switch
        {
            "zeros" => new byte[Mebibyte],
            "text" => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("These are words. ", 10_000))),
            "picture" => [0xFF, 0xD8, 0xFF, 0xE0, .. new byte[5_000]],
            "zip" => [.. "PK\x03\x04"u8, .. new byte[5_000]],
            "script" => [.. "#!/bin/sh\nrm -rf /\n"u8],
            _ => [],
        };

        Assert.That(await RunAsync(bytes), Is.EqualTo(MediaErrors.Invalid));
    }

    [Test]
    public async Task What_names_other_files_or_addresses_fetches_nothing(
        [Values("hls", "hls-file", "concat", "dash", "sdp", "asx", "reference")] string kind
    )
    {
        var bait = string.Create(
            CultureInfo.InvariantCulture,
            $"http://127.0.0.1:{((IPEndPoint)_bait.LocalEndpoint).Port}/x.mp4"
        );
        var bytes = kind switch
        {
            "hls" => Encoding.ASCII.GetBytes($"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{bait}\n#EXT-X-ENDLIST\n"),
            "hls-file" => "#EXTM3U\n#EXTINF:3,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"u8.ToArray(),
            "concat" => Encoding.ASCII.GetBytes($"ffconcat version 1.0\nfile {bait}\n"),
            "dash" => Encoding.ASCII.GetBytes(
                $"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><AdaptationSet><Representation><BaseURL>{bait}</BaseURL></Representation></AdaptationSet></Period></MPD>"
            ),
            "sdp" => "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n"u8.ToArray(),
            "asx" => Encoding.ASCII.GetBytes($"[Reference]\nRef1={bait}\n"),
            _ => Mp4Surgery.PointElsewhere(_good["last.mp4"], bait),
        };

        var outcome = await RunAsync(bytes);

        Assert.That(_bait.Pending(), Is.False);
        if (kind != "reference") // whose sound is in the file, and whose picture is not there
            Assert.That(outcome, Is.EqualTo(MediaErrors.Invalid));
    }

    [Test]
    public async Task Absurd_numbers_end(
        [Values("width", "duration", "huge box", "endless box", "nested", "offsets", "samples", "timescale")]
            string kind
    )
    {
        var mp4 = _good["last.mp4"];
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF];
        var bytes = kind switch
        {
            "width" => Mp4Surgery.Overwrite(mp4, "avc1", 24, 0xFF, 0xFF, 0xFF, 0xFF),
            "duration" => Mp4Surgery.Overwrite(mp4, "mvhd", 16, huge),
            "huge box" => Mp4Surgery.Overwrite(mp4, "mdat", -8, 0x7F, 0xFF, 0xFF, 0xFF),
            "endless box" => [0, 0, 0, 1, .. "ftyp"u8, .. huge, .. huge, .. mp4],
            "nested" => Mp4Surgery.Nest(depth: 100_000),
            "offsets" => Mp4Surgery.Overwrite(mp4, "stco", 8, huge),
            "samples" => Mp4Surgery.Overwrite(mp4, "stsz", 8, huge),
            _ => Mp4Surgery.Overwrite(mp4, "mdhd", 12, 0, 0, 0, 0),
        };

        await RunAsync(bytes);
    }

    [Test]
    public async Task A_thousand_streams_end()
    {
        var path = Path.Combine(_folder, "many.mkv");
        var maps = Enumerable.Repeat(new[] { "-map", "0:a" }, 1_000).SelectMany(map => map);
        await Ffmpeg.RunAsync(["-t", "0.1", "-i", Path.Combine(_folder, "film.mkv"), .. maps, "-c", "copy", path]);

        Assert.That(await RunAsync(await File.ReadAllBytesAsync(path)), Is.EqualTo(MediaErrors.Invalid));
    }

    [Test]
    public async Task Bytes_changed_at_random_end(
        [Values("film.mkv", "last.mp4", "first.mp4", "film.ts", "film.avi")] string name,
        [Range(1, 12)] int seed
    )
    {
        var bytes = (byte[])_good[name].Clone();
        var random = new Random(seed);
        for (var n = 0; n < seed * 8; n++)
        {
            // Headers and indexes are at both ends.
            var place = random.Next(Math.Min(4_096, bytes.Length));
            bytes[n % 2 == 0 ? place : bytes.Length - 1 - place] = (byte)random.Next(256);
        }

        await RunAsync(bytes);
    }

    /// <summary>Does all that a worker does with a file.</summary>
    /// <returns>The code of its failure; empty when it went well.</returns>
    async Task<string> RunAsync(byte[] bytes)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"{Guid.NewGuid():n}")).FullName;
        var source = Path.Combine(folder, "source");
        await File.WriteAllBytesAsync(source, bytes);
        var outcome = "";
        try
        {
            var facts = await _prober.ProbeAsync(source, isWhole: true, default);
            var plan = MediaPlanner.Plan(MediaTarget.Mkv, new(0, [], KeepAll: false), facts);
            if (plan.Action == PlanAction.KeepOriginal)
                plan = MediaPlanner.Plan(MediaTarget.Fmp4, AudioSelection.Everything, facts);
            var output = Path.Combine(folder, "output");
            var input = MediaInput.File(source, bytes.Length);
            await _remuxer.RemuxAsync(input, facts, plan, output, _ => { }, default);
            File.Delete(output);
        }
        catch (MediaException e)
        {
            outcome = e.Code;
            Assert.That(e.Message, Does.Not.Contain(_folder));
        }
        var picture = Path.Combine(folder, "picture");
        await _posters.TryMakeAsync(source, picture, PosterMaker.PosterSide, default);
        File.Delete(picture);
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.Empty.Or.AnyOf([.. Codes]));
            Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo([source]));
            Assert.That(Children(), Is.Empty);
        });
        return outcome;
    }

    async Task KeepAsync(string name, string path) => _good[name] = await File.ReadAllBytesAsync(path);

    /// <summary>Programs that this process started and that still run.</summary>
    static IEnumerable<string> Children() =>
        Directory
            .EnumerateDirectories("/proc")
            .Where(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _))
            .Select(StatOrEmpty)
            .Where(stat => stat.Contains("(ff", StringComparison.Ordinal) && ParentOf(stat) == Environment.ProcessId);

    static string StatOrEmpty(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "stat"));
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }

    /// <summary>"pid (name) state parent ..."</summary>
    static int ParentOf(string stat) =>
        int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ')[2], CultureInfo.InvariantCulture);
}
