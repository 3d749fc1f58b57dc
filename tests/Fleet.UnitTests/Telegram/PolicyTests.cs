using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class PolicyTests
{
    const int MiB = 1 << 20;
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [TestCase(0L, 0L)]
    [TestCase(MiB, MiB)]
    public void A_plan_from_the_very_end_has_no_parts(long size, long start) =>
        Assert.That(All(new PartPlan(size, start, MiB)), Is.Empty);

    [Test]
    public void A_window_grows_by_one_only_after_a_success_at_its_limit()
    {
        var window = new AdaptiveWindow(start: 2, most: 3);

        window.Succeeded(inFlight: 1, TimeSpan.FromSeconds(1));
        var unused = window.Limit;
        window.Succeeded(inFlight: 2, TimeSpan.FromSeconds(1));
        var used = window.Limit;
        window.Succeeded(inFlight: 3, TimeSpan.FromSeconds(1));

        Assert.That((unused, used, window.Limit), Is.EqualTo((2, 3, 3)));
    }

    [Test]
    public void A_window_halves_after_an_answer_of_eight_seconds_but_never_closes()
    {
        var window = new AdaptiveWindow(start: 5, most: 8);

        window.Succeeded(inFlight: 5, TimeSpan.FromSeconds(8));
        var once = window.Limit;
        window.Shrink();
        window.Shrink();

        Assert.That((once, window.Limit), Is.EqualTo((2, 1)));
    }

    [Test]
    public void A_paused_window_opens_when_the_longest_pause_is_over()
    {
        var window = new AdaptiveWindow(start: 2, most: 2);

        window.Pause(Noon.AddSeconds(5));
        window.Pause(Noon.AddSeconds(3));

        Assert.That(
            (
                window.HasRoom(0, Noon.AddSeconds(4)),
                window.HasRoom(0, Noon.AddSeconds(5)),
                window.HasRoom(2, Noon.AddSeconds(5))
            ),
            Is.EqualTo((false, true, false))
        );
    }

    [Test]
    public void Back_off_doubles_to_its_longest_and_is_shortened_by_a_quarter_at_most()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));

        Assert.That(
            new[] { 1, 2, 4, 5, 1000 }.Select(n =>
                (backoff.After(n, 0).TotalSeconds, backoff.After(n, 1).TotalSeconds)
            ),
            Is.EqualTo(new[] { (1, 0.75), (2, 1.5), (8.0, 6.0), (8.0, 6.0), (8.0, 6.0) })
        );
    }

    [Test]
    public async Task A_memory_budget_serves_waiters_in_order_and_skips_the_cancelled()
    {
        var memory = new MemoryBudget(MemoryBudget.BlockBytes);
        var held = await memory.RentAsync(CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var cancelled = memory.RentAsync(cancel.Token).AsTask();
        var next = memory.RentAsync(CancellationToken.None).AsTask();
        var last = memory.RentAsync(CancellationToken.None).AsTask();

        await cancel.CancelAsync();
        memory.Return(held);
        memory.Return(await next);
        memory.Return(await last);

        Assert.That(() => cancelled, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(memory.Rented, Is.Zero);
    }

    static List<Part> All(PartPlan plan)
    {
        var parts = new List<Part>();
        while (plan.TryNext(out var part))
            parts.Add(part);
        return parts;
    }
}
