namespace Fleet.Sessions;

/// <summary>The broker refused a call, or could not be reached.</summary>
/// <param name="code">An entry of <see cref="BrokerCodes"/>.</param>
/// <param name="detail">For people; holds no secret.</param>
/// <param name="retryAt">Earliest time at which the same call may succeed, when known.</param>
/// <param name="inner">What went wrong on the way, when the broker was not reached.</param>
public sealed class BrokerException(
    string code,
    string? detail = null,
    DateTimeOffset? retryAt = null,
    Exception? inner = null
) : Exception(string.IsNullOrEmpty(detail) ? code : $"{code}: {detail}", inner)
{
    /// <summary>An entry of <see cref="BrokerCodes"/>.</summary>
    public string Code => code;

    /// <summary>For people; the message is the code and this.</summary>
    public string? Detail => detail;

    /// <summary>Earliest time at which the same call may succeed, when known.</summary>
    public DateTimeOffset? RetryAt => retryAt;

    /// <summary>True when the same call may succeed later.</summary>
    public bool IsTransient => BrokerCodes.IsTransient(code);
}
