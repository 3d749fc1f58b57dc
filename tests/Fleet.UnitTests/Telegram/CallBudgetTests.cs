using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[Category("engine")]
public sealed class CallBudgetTests
{
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Start = TimeSpan.FromDays(100);

    CallBudget _budget = null!;

    [SetUp]
    public void Fresh() => _budget = new CallBudget(Second, burst: 3);

    [Test]
    public void A_burst_passes_at_once_and_what_follows_is_told_when()
    {
        double[] waits = [.. Enumerable.Range(0, 5).Select(_ => Take(Start))];

        Assert.That(waits, Is.EqualTo(new[] { 0, 0, 0, -1.0, -1.0 }), "what was refused took no place");
    }

    [Test]
    public void One_more_passes_per_interval_and_never_more_than_a_burst()
    {
        for (var n = 0; n < 3; n++)
            Take(Start);

        double[] waits =
        [
            Take(Start + Second),
            Take(Start + Second),
            .. Enumerable.Range(0, 4).Select(_ => Take(Start + (100 * Second))),
        ];

        Assert.That(waits, Is.EqualTo(new[] { 0, -1.0, 0, 0, 0, -1.0 }));
    }

    [Test]
    public void The_patient_get_the_places_to_come_in_turn()
    {
        for (var n = 0; n < 3; n++)
            Take(Start);

        double[] waits = [.. Enumerable.Range(0, 4).Select(_ => Take(Start, patience: 3 * Second))];

        Assert.That(waits, Is.EqualTo(new[] { 1.0, 2.0, 3.0, -4.0 }));
    }

    [Test]
    public void In_the_long_run_there_is_one_per_interval([Values(1, 7, 100)] int burst)
    {
        var budget = new CallBudget(Second, burst);

        var taken = Enumerable
            .Range(0, 10_000)
            .Count(n => budget.TryTake(Start + TimeSpan.FromMilliseconds(100 * n), TimeSpan.Zero, out _));

        Assert.That(taken, Is.EqualTo(burst + 999));
    }

    [Test]
    public void Nonsense_is_refused()
    {
        Assert.That(() => new CallBudget(TimeSpan.Zero, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CallBudget(Second, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    /// <summary>Seconds until the place that was taken; negative when it would come too late.</summary>
    double Take(TimeSpan now, TimeSpan patience = default) =>
        _budget.TryTake(now, patience, out var wait) ? wait.TotalSeconds : -wait.TotalSeconds;
}
