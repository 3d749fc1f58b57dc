namespace Fleet.Notifier.Sending;

/// <summary>Why a webhook was not accepted, as its owner may read it: no address, no text of ours.</summary>
public enum SendFault
{
    /// <summary>The endpoint's address is no http(s) address without credentials.</summary>
    UrlRefused,

    /// <summary>The name leads to an address, port or scheme that must not be called.</summary>
    AddressRefused,

    /// <summary>The name has no address.</summary>
    HostUnknown,

    /// <summary>None of the addresses accepts connections.</summary>
    ConnectFailed,

    /// <summary>No trusted encrypted connection came about.</summary>
    TlsFailed,

    /// <summary>There was no answer within the deadline.</summary>
    TimedOut,

    /// <summary>The connection ended or the answer was not HTTP.</summary>
    AnswerBroken,

    /// <summary>The answer was a redirect, which is not followed.</summary>
    Redirected,

    /// <summary>The answer was not 2xx.</summary>
    NotAccepted,

    /// <summary>The endpoint's secret cannot sign.</summary>
    SecretInvalid,
}

/// <summary>A connection to a webhook's endpoint did not come about.</summary>
public sealed class SendException(SendFault fault) : IOException(fault.ToString())
{
    public SendFault Fault => fault;
}

/// <summary>What came of one try to deliver a webhook.</summary>
/// <param name="Fault">Null when it was accepted.</param>
/// <param name="Status">HTTP status, when there was an answer.</param>
/// <param name="Response">Beginning of the answer's body as text, at most 1024 characters, without control characters.</param>
/// <param name="RetryAfter">What the answer asked for, when it did.</param>
public sealed record SendOutcome(
    SendFault? Fault,
    int? Status = null,
    string? Response = null,
    TimeSpan? RetryAfter = null
);
