using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>A film put into another container, beside the same film passed through as it is.</summary>
static class RemuxBench
{
    const int PieceSeconds = 16;
    const int Pieces = 8;

    /// <summary>As in <see cref="WholeJobBench"/>.</summary>
    const int ConnectionBytesPerSecond = 62_500_000;

    public static async Task RunAsync(Report report)
    {
        using var folder = new TemporaryFolder();
        var piece = folder.File("piece.mkv");
        await MediaTool.MakeLargeAsync(piece, "matroska", PieceSeconds);
        var (mkv, mp4) = (folder.File("film.mkv"), folder.File("film.mp4"));
        await MediaTool.RepeatAsync(piece, Pieces, "matroska", mkv);
        await MediaTool.RepeatAsync(piece, Pieces, "mp4", mp4);

        await using var rig = await PipelineRig.StartAsync();
        await rig.RunAsync(await rig.PostFilmAsync(piece));
        await MeasureAsync(report, rig, [mkv, mp4], "loopback, all processes on the same cores");
        await rig.Fleet.Telegram.AddNetworkRuleAsync(
            new
            {
                dc = PipelineRig.Dc,
                media_only = true,
                bytes_per_second = ConnectionBytesPerSecond,
            }
        );
        await MeasureAsync(report, rig, [mkv, mp4], "a line of 1 Gbit/s");
    }

    static async Task MeasureAsync(Report report, PipelineRig rig, string[] films, string line)
    {
        foreach (var film in films)
        {
            // Two posts: the second job must not find the first one's file.
            var original = await rig.RunAsync(await rig.PostFilmAsync(film), "original");
            var remuxed = await rig.RunAsync(await rig.PostFilmAsync(film), "auto");
            report.Add(
                new(
                    $"{Path.GetExtension(film)[1..]} to mp4, {new FileInfo(film).Length >> 20} MiB, {line}",
                    remuxed.TotalSeconds,
                    "s",
                    "passed through",
                    original.TotalSeconds,
                    1.3
                )
            );
        }
    }
}
