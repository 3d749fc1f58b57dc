using Fleet.Jobs.Rows;
using Fleet.Notifier.Sending;

namespace Fleet.Notifier.Deliveries;

/// <summary>What a try means for its delivery and its endpoint.</summary>
/// <param name="State">Where the delivery stands now.</param>
/// <param name="Pause">Until the next try; set exactly while pending.</param>
/// <param name="DisableReason">gone or failing, when the endpoint is to get nothing any more.</param>
public sealed record DeliveryVerdict(DeliveryState State, TimeSpan? Pause = null, string? DisableReason = null)
{
    /// <summary>How long an endpoint may fail without one success before it is disabled.</summary>
    public static readonly TimeSpan FailingLimit = TimeSpan.FromHours(120);

    /// <summary>Judges a try.</summary>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="failingFor">Time since the endpoint's first failure after its last success; null when it had none.</param>
    /// <param name="jitter">0 to 1.</param>
    /// <param name="isManual">There is only this try.</param>
    public static DeliveryVerdict Of(
        int attempt,
        SendOutcome outcome,
        TimeSpan? failingFor,
        double jitter,
        bool isManual = false
    )
    {
        if (outcome.Fault is null)
            return new DeliveryVerdict(DeliveryState.Delivered);
        if (outcome.Status == StatusCodes.Status410Gone)
            return new DeliveryVerdict(DeliveryState.Failed, DisableReason: "gone");
        if (failingFor >= FailingLimit)
            return new DeliveryVerdict(DeliveryState.Failed, DisableReason: "failing");
        if (isManual)
            return new DeliveryVerdict(DeliveryState.Failed);
        var slow = outcome is { Fault: SendFault.TimedOut } or { Status: StatusCodes.Status429TooManyRequests };
        return RetrySchedule.PauseOrNull(attempt, jitter, outcome.RetryAfter, slow) is { } pause
            ? new DeliveryVerdict(DeliveryState.Pending, pause)
            : new DeliveryVerdict(DeliveryState.Failed);
    }
}
