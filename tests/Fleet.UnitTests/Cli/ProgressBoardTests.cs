using Fleet.Cli;

namespace Fleet.UnitTests.Cli;

[Category("front")]
public sealed class ProgressBoardTests
{
    static readonly JobView Queued = new() { Id = Guid.Empty, Status = "queued" };

    [Test]
    public void A_running_job_shows_share_bytes_rate_and_stage()
    {
        var line = ProgressBoard.Line("a.mkv", Running(64 << 20));

        Assert.That(line, Is.EqualTo("a.mkv [#######---------------------]  25%   64.0 MiB 32.0 MiB/s downloading"));
    }

    [Test]
    public void A_waiting_job_says_why()
    {
        var job = Queued with { Wait = new JobWaitView("flood", DateTimeOffset.UnixEpoch) };

        Assert.That(ProgressBoard.Line("a", job), Is.EqualTo("a [----------------------------]   0% waiting (flood)"));
    }

    [Test]
    public void Without_a_terminal_only_news_get_a_line()
    {
        var to = new StringWriter();
        var board = new ProgressBoard(to, terminal: false, ["a"]);

        foreach (var bytes in new[] { 0, 1, 63 << 20, 64 << 20, 65 << 20, 255 << 20 })
            board.Show(0, Running(bytes));
        board.Show(0, Queued with { Status = "succeeded" });

        Assert.That(
            to.ToString().Split(Environment.NewLine)[..^1].Select(line => line[32..37].Trim()),
            Is.EqualTo(new[] { "0%", "25%", "99%", "100%" })
        );
    }

    [Test]
    public void On_a_terminal_the_lines_are_drawn_over_each_other()
    {
        var to = new StringWriter();
        var board = new ProgressBoard(to, terminal: true, ["a", "b"]);

        board.Show(0, Queued);
        board.Show(1, Queued);

        Assert.That(
            to.ToString(),
            Is.EqualTo(
                $"\r\e[2K{ProgressBoard.Line("a", Queued)}\n\r\e[2K\n"
                    + $"\e[2A\r\e[2K{ProgressBoard.Line("a", Queued)}\n\r\e[2K{ProgressBoard.Line("b", Queued)}\n"
            )
        );
    }

    static JobView Running(long bytes) =>
        Queued with
        {
            Status = "running",
            Stage = "downloading",
            Progress = new JobProgressView(bytes, 256 << 20, 32 << 20),
        };
}
