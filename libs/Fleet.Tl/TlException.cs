namespace Fleet.Tl;

/// <summary>Why bytes were refused, or an object could not be written. Stable: callers and tests switch on it.</summary>
public enum TlFault
{
    /// <summary>The input ends inside a value.</summary>
    Truncated,

    /// <summary>No constructor of the schema has this id, or none of the type expected here.</summary>
    UnknownConstructor,

    /// <summary>A count or length is negative or beyond what the input or the protocol allows.</summary>
    TooLarge,

    /// <summary>Objects are nested deeper than <see cref="TlReader.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>A length in a form that does not exist, or a fixed-size value of another size.</summary>
    BadLength,

    /// <summary>Bytes are left behind the value.</summary>
    TrailingBytes,

    /// <summary>Optional fields that share a flag are not all set.</summary>
    Inconsistent,
}

/// <summary>Input that is not TL of this schema, or an object that cannot be written as TL. Carries no content.</summary>
public sealed class TlException(TlFault reason, string detail) : Exception($"{reason}: {detail}")
{
    public TlFault Reason => reason;
}
