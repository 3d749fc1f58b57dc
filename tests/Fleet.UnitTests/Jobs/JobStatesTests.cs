using Fleet.Jobs;
using Fleet.Testing;

namespace Fleet.UnitTests.Jobs;

[Category("pipeline")]
public sealed class JobStatesTests
{
    const string Marker = "<!-- job-states -->";

    static readonly JobStatus[] Statuses = Enum.GetValues<JobStatus>();
    static readonly JobEvent[] Events = Enum.GetValues<JobEvent>();

    [Test]
    public void Nothing_but_what_its_owner_asks_for_happens_to_a_job_that_has_ended(
        [Values(JobStatus.Succeeded, JobStatus.Failed, JobStatus.Canceled)] JobStatus final
    )
    {
        var changes = Events.Where(happened => JobStates.Next(final, happened) is { } next && next != final);

        Assert.That(changes, Is.EqualTo(final is JobStatus.Failed ? [JobEvent.RetryAsked] : Array.Empty<JobEvent>()));
    }

    [Test]
    public void Every_job_that_has_not_ended_can_end([Values] JobStatus status)
    {
        var reached = new HashSet<JobStatus> { status };
        while (Events.SelectMany(e => reached.Select(s => JobStates.Next(s, e))).OfType<JobStatus>().Any(reached.Add))
        {
            // until nothing new is reached
        }

        Assert.That(reached.Any(JobStates.IsFinal));
    }

    [Test]
    public void A_canceled_job_never_succeeds()
    {
        var fromCanceling = Events.Select(happened => JobStates.Next(JobStatus.Canceling, happened));

        Assert.That(fromCanceling, Does.Not.Contain(JobStatus.Succeeded).And.Not.Contain(JobStatus.Queued));
    }

    [Test]
    public void The_table_has_a_row_per_status_and_a_column_per_event()
    {
        var rows = JobStates.ToMarkdown().TrimEnd().Split('\n');

        Assert.That(
            (rows.Length, rows.All(row => row.Count(c => c == '|') == Events.Length + 2)),
            Is.EqualTo((Statuses.Length + 2, true))
        );
    }

    [Test]
    public void The_table_in_the_README_is_the_function()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var start = readme.IndexOf(Marker, StringComparison.Ordinal);
        Assert.That(start, Is.GreaterThanOrEqualTo(0), "The README has its table of job states.");

        var cells = Cells(readme[(start + Marker.Length)..].TrimStart().Split("\n\n")[0]);
        Assert.That(cells, Is.EqualTo(Cells(JobStates.ToMarkdown())));
    }

    [TestCase(1, 0.0, 2.0)]
    [TestCase(2, 0.0, 4.0)]
    [TestCase(4, 1.0, 20.0)]
    [TestCase(30, 0.0, 900.0)]
    public void A_try_waits_twice_as_long_as_the_one_before_up_to_fifteen_minutes(int failures, double jitter, double s)
    {
        Assert.That(RetryPolicy.Pause(failures, jitter), Is.EqualTo(TimeSpan.FromSeconds(s)));
    }

    [Test]
    public void Codes_of_faults_are_unique_and_an_unknown_one_counts_as_internal()
    {
        var codes = JobFaults.All.Select(fault => fault.Code).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(codes, Is.Unique);
            Assert.That(JobError.Of("nobody_knows").Code, Is.EqualTo(JobFaults.Internal));
        });
    }

    // Without the padding that formatters like to change.
    static List<string> Cells(string table) =>
        [
            .. table
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(row => !row.Contains("---", StringComparison.Ordinal))
                .SelectMany(row => row.Split('|', StringSplitOptions.TrimEntries)),
        ];
}
