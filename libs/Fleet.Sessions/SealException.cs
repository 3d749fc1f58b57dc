namespace Fleet.Sessions;

/// <summary>Why a record could not be sealed or opened.</summary>
public enum SealError
{
    /// <summary>The configured key is missing, unreadable or not 32 bytes.</summary>
    BadKey,

    /// <summary>The record was sealed by a key that is not configured.</summary>
    UnknownKey,

    /// <summary>The sealed bytes are not of a known form.</summary>
    Malformed,

    /// <summary>The bytes were changed, or belong to another account or purpose.</summary>
    NotAuthentic,
}

/// <summary>A record could not be sealed or opened. The message names keys by id and holds no secret.</summary>
public sealed class SealException(SealError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What is wrong; every one needs an operator, none passes by waiting.</summary>
    public SealError Error => error;
}
