namespace Fleet.MtProto.Transport;

/// <summary>How messages are framed on a TCP stream, and whether the stream looks like random bytes.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports</remarks>
public enum TransportKind
{
    /// <summary>Length in 4 bytes.</summary>
    Intermediate,

    /// <summary>Length in 4 bytes, then up to 15 random bytes behind the message.</summary>
    PaddedIntermediate,

    /// <summary>Length in words, in 1 byte or in 4.</summary>
    Abridged,

    /// <summary>Length, number and CRC-32 of each frame. Cannot be obfuscated.</summary>
    Full,

    /// <summary>Intermediate within a stream that looks random.</summary>
    ObfuscatedIntermediate,

    /// <summary>Padded intermediate within a stream that looks random.</summary>
    ObfuscatedPadded,

    /// <summary>Abridged within a stream that looks random.</summary>
    ObfuscatedAbridged,
}

/// <summary>What there is to know of a <see cref="TransportKind"/>.</summary>
public static class TransportKinds
{
    /// <summary>True when every byte of the stream is encrypted once more.</summary>
    public static bool IsObfuscated(this TransportKind kind) => kind >= TransportKind.ObfuscatedIntermediate;

    /// <summary>The same framing, obfuscated; full cannot be and becomes padded intermediate.</summary>
    public static TransportKind Obfuscated(this TransportKind kind) =>
        kind switch
        {
            TransportKind.Intermediate => TransportKind.ObfuscatedIntermediate,
            TransportKind.Abridged => TransportKind.ObfuscatedAbridged,
            TransportKind.PaddedIntermediate or TransportKind.Full => TransportKind.ObfuscatedPadded,
            _ => kind,
        };

    /// <summary>Reads <c>intermediate</c>, <c>padded</c>, <c>abridged</c>, <c>full</c>, <c>obfuscated</c> (intermediate),
    /// <c>obfuscated-padded</c> or <c>obfuscated-abridged</c>.</summary>
    /// <exception cref="FormatException">Another word.</exception>
    public static TransportKind Parse(string text) =>
        text switch
        {
            "intermediate" => TransportKind.Intermediate,
            "padded" => TransportKind.PaddedIntermediate,
            "abridged" => TransportKind.Abridged,
            "full" => TransportKind.Full,
            "obfuscated" => TransportKind.ObfuscatedIntermediate,
            "obfuscated-padded" => TransportKind.ObfuscatedPadded,
            "obfuscated-abridged" => TransportKind.ObfuscatedAbridged,
            _ => throw new FormatException(
                $"'{text}' is not a transport: intermediate, padded, abridged, full, obfuscated, obfuscated-padded, obfuscated-abridged"
            ),
        };
}
