using Fleet.Broker;
using Fleet.Testing;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class SingleFlightTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    readonly FakeTime _time = new();

    [Test]
    public async Task Those_who_want_the_same_share_one_attempt_and_others_do_not()
    {
        var flights = new SingleFlight<string, int>(Deadline, _time);
        var open = new TaskCompletionSource();
        var attempts = 0;

        async Task<int> AttemptAsync(CancellationToken ct)
        {
            Interlocked.Increment(ref attempts);
            await open.Task.WaitAsync(ct);
            return 7;
        }

        var same = Enumerable.Range(0, 5).Select(_ => flights.RunAsync("a", AttemptAsync, default)).ToArray();
        var other = flights.RunAsync("b", AttemptAsync, default);
        open.SetResult();

        Assert.That(await Task.WhenAll([.. same, other]), Is.All.EqualTo(7));
        Assert.That(attempts, Is.EqualTo(2));
    }

    [Test]
    public async Task A_failure_is_told_to_all_and_kept_for_nobody()
    {
        var flights = new SingleFlight<string, int>(Deadline, _time);
        var open = new TaskCompletionSource();

        var first = flights.RunAsync("a", FailAsync, default);
        var second = flights.RunAsync("a", FailAsync, default);
        open.SetException(new IOException("no"));

        Assert.ThrowsAsync<IOException>(() => first);
        Assert.ThrowsAsync<IOException>(() => second);
        Assert.That(await flights.RunAsync("a", _ => Task.FromResult(1), default), Is.EqualTo(1));

        async Task<int> FailAsync(CancellationToken ct)
        {
            await open.Task.WaitAsync(ct);
            return 0;
        }
    }

    [Test]
    public async Task Who_gives_up_leaves_the_attempt_to_the_others()
    {
        var flights = new SingleFlight<string, int>(Deadline, _time);
        var open = new TaskCompletionSource<int>();
        using var impatient = new CancellationTokenSource();

        var first = flights.RunAsync("a", ct => open.Task.WaitAsync(ct), impatient.Token);
        var second = flights.RunAsync("a", ct => open.Task.WaitAsync(ct), default);
        await impatient.CancelAsync();
        open.SetResult(3);

        Assert.That(() => first, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await second, Is.EqualTo(3));
    }

    [Test]
    public async Task An_attempt_ends_at_its_deadline()
    {
        var flights = new SingleFlight<string, int>(Deadline, _time);

        var flight = flights.RunAsync("a", ct => new TaskCompletionSource<int>().Task.WaitAsync(ct), default);
        await _time.TimerArmedAsync(Deadline);
        _time.Advance(Deadline);

        Assert.ThrowsAsync<TimeoutException>(() => flight);
    }
}
