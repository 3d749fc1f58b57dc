namespace Fleet.MtProto.Transport;

/// <summary>How messages are framed on a TCP stream.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports</remarks>
public enum TransportKind
{
    /// <summary>Length in 4 bytes.</summary>
    Intermediate,

    /// <summary>Length in 4 bytes, then up to 15 random bytes behind the message.</summary>
    PaddedIntermediate,

    /// <summary>Length in words, in 1 byte or in 4.</summary>
    Abridged,
}
