using Fleet.Jobs.Rows;
using Fleet.Notifier.Deliveries;
using Fleet.Notifier.Sending;

namespace Fleet.UnitTests.Notifier;

[Category("front")]
public sealed class RetryScheduleTests
{
    static readonly SendOutcome Refused = new(SendFault.NotAccepted, 500);

    [Test]
    public void The_pauses_are_those_of_the_specification()
    {
        var pauses = Enumerable.Range(1, 10).Select(attempt => RetrySchedule.PauseOrNull(attempt, 0.5, null, false));

        Assert.That(
            pauses,
            Is.EqualTo(
                new TimeSpan?[]
                {
                    TimeSpan.FromSeconds(5),
                    TimeSpan.FromMinutes(5),
                    TimeSpan.FromMinutes(30),
                    TimeSpan.FromHours(2),
                    TimeSpan.FromHours(5),
                    TimeSpan.FromHours(10),
                    TimeSpan.FromHours(14),
                    TimeSpan.FromHours(20),
                    TimeSpan.FromHours(24),
                    null,
                }
            )
        );
    }

    [TestCase(0, 240)]
    [TestCase(1, 360)]
    [TestCase(-7, 240)]
    [TestCase(7, 360)]
    public void Jitter_is_a_fifth_either_way(double jitter, int seconds)
    {
        Assert.That(RetrySchedule.PauseOrNull(2, jitter, null, false), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase(-5, 300)]
    [TestCase(0, 300)]
    [TestCase(400, 400)]
    [TestCase(86_400, 600)]
    public void Retry_After_is_held_between_the_pause_and_twice_the_pause(int asked, int seconds)
    {
        Assert.That(
            RetrySchedule.PauseOrNull(2, 0, TimeSpan.FromSeconds(asked), false),
            Is.EqualTo(TimeSpan.FromSeconds(seconds))
        );
    }

    [TestCase(1, 60)]
    [TestCase(2, 240)]
    public void After_429_or_a_timeout_the_pause_is_a_minute_at_least(int attempt, int seconds)
    {
        Assert.That(RetrySchedule.PauseOrNull(attempt, 0, null, true), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(11)]
    [TestCase(int.MaxValue)]
    public void An_attempt_outside_the_schedule_is_the_last(int attempt)
    {
        Assert.That(RetrySchedule.PauseOrNull(attempt, 0, null, false), Is.Null);
    }

    [Test]
    public void A_2xx_answer_ends_the_delivery()
    {
        var verdict = DeliveryVerdict.Of(1, new SendOutcome(null, 204), TimeSpan.FromDays(9), 0.5);

        Assert.That(verdict, Is.EqualTo(new DeliveryVerdict(DeliveryState.Delivered)));
    }

    [Test]
    public void The_tenth_failure_ends_the_delivery_and_leaves_the_endpoint()
    {
        Assert.That(
            DeliveryVerdict.Of(10, Refused, TimeSpan.FromHours(76), 0.5),
            Is.EqualTo(new DeliveryVerdict(DeliveryState.Failed))
        );
    }

    [Test]
    public void Gone_disables_the_endpoint_at_once()
    {
        Assert.That(
            DeliveryVerdict.Of(1, Refused with { Status = 410 }, null, 0.5),
            Is.EqualTo(new DeliveryVerdict(DeliveryState.Failed, DisableReason: "gone"))
        );
    }

    [Test]
    public void An_endpoint_that_fails_for_120_hours_is_disabled()
    {
        var before = DeliveryVerdict.Of(1, Refused, TimeSpan.FromHours(120) - TimeSpan.FromTicks(1), 0.5);
        var then = DeliveryVerdict.Of(1, Refused, TimeSpan.FromHours(120), 0.5);

        Assert.That(before, Is.EqualTo(new DeliveryVerdict(DeliveryState.Pending, TimeSpan.FromSeconds(5))));
        Assert.That(then, Is.EqualTo(new DeliveryVerdict(DeliveryState.Failed, DisableReason: "failing")));
    }

    [TestCase(SendFault.TimedOut, null, 60)]
    [TestCase(SendFault.NotAccepted, 429, 60)]
    [TestCase(SendFault.NotAccepted, 503, 5)]
    [TestCase(SendFault.AddressRefused, null, 5)]
    [TestCase(SendFault.Redirected, 302, 5)]
    public void Every_other_failure_is_tried_again(SendFault fault, int? status, int seconds)
    {
        Assert.That(
            DeliveryVerdict.Of(1, new SendOutcome(fault, status), null, 0.5),
            Is.EqualTo(new DeliveryVerdict(DeliveryState.Pending, TimeSpan.FromSeconds(seconds)))
        );
    }
}
