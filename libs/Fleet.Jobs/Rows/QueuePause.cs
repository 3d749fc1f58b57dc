namespace Fleet.Jobs.Rows;

/// <summary>A queue whose jobs an operator holds back.</summary>
public sealed class QueuePause
{
    public JobQueue Queue { get; init; }

    /// <summary>The operator's words.</summary>
    public string? Reason { get; set; }

    public DateTimeOffset Since { get; init; }
}
