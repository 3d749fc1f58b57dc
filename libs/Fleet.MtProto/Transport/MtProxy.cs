using System.Buffers.Text;

namespace Fleet.MtProto.Transport;

/// <summary>Telegram's own kind of proxy: an obfuscated stream whose keys depend on a secret.</summary>
/// <remarks>
/// A secret is 16 bytes; or dd and 16 bytes: padded intermediate within; or ee, 16 bytes and the name of a site: the
/// stream also looks like TLS to that site. https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
/// </remarks>
public sealed record MtProxy : Proxy
{
    const int KeyBytes = 16;
    const byte PaddedMark = 0xdd;
    const byte FakeTlsMark = 0xee;

    /// <summary>Longest name that the ClientHello of 517 bytes has room for.</summary>
    const int MostDomainBytes = 182;

    MtProxy(string host, int port)
        : base(host, port) { }

    /// <summary>True when the proxy wants padded intermediate, whatever else is configured.</summary>
    public bool WantsPadding { get; private init; }

    /// <summary>The site that the stream pretends to go to; null when it does not look like TLS.</summary>
    public string? Domain { get; private init; }

    // A number, so that two proxies with the same secret are equal.
    UInt128 Secret { get; init; }

    /// <param name="host">IP address or host name.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="secret">The secret in hexadecimal or in base64, with or without padding, of either alphabet.</param>
    /// <exception cref="FormatException">What is wrong, without the secret.</exception>
    public static MtProxy Create(string host, int port, string secret)
    {
        CheckServer(host, port);
        return Decode(secret) switch
        {
            { Length: KeyBytes } key => new MtProxy(host, port) { Secret = Number(key) },
            [PaddedMark, .. { Length: KeyBytes } key] => new MtProxy(host, port)
            {
                Secret = Number(key),
                WantsPadding = true,
            },
            [FakeTlsMark, .. { Length: > KeyBytes } rest] => new MtProxy(host, port)
            {
                Secret = Number(rest.AsSpan(0, KeyBytes)),
                WantsPadding = true,
                Domain = ReadDomain(rest.AsSpan(KeyBytes)),
            },
            [FakeTlsMark, ..] => throw new FormatException("An MTProxy secret that starts with ee names a site."),
            { Length: var length } => throw new FormatException(
                $"An MTProxy secret has 16 bytes, or dd and 16, or ee, 16 and a site; not {length}."
            ),
        };
    }

    /// <inheritdoc />
    public override string ToString() => $"mtproxy {Authority}";

    /// <summary>The 16 bytes that are secret.</summary>
    internal byte[] Key()
    {
        var key = new byte[KeyBytes];
        BinaryPrimitives.WriteUInt128BigEndian(key, Secret);
        return key;
    }

    static UInt128 Number(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt128BigEndian(key);

    // Every hexadecimal text is base64 as well, but as such it would be too long for a secret without a site.
    static byte[] Decode(string text)
    {
        if (text.Length >= 2 * KeyBytes && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit))
            return Convert.FromHexString(text);
        var url = text.TrimEnd('=').Replace('+', '-').Replace('/', '_');
        if (!Base64Url.IsValid(url))
            throw new FormatException("An MTProxy secret is hexadecimal or base64.");
        return Base64Url.DecodeFromChars(url);
    }

    static string ReadDomain(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'.' or (byte)'-'))
                throw new FormatException("The site in an MTProxy secret is not a host name.");
        }
        return bytes.Length <= MostDomainBytes
            ? System.Text.Encoding.ASCII.GetString(bytes)
            : throw new FormatException($"The site in an MTProxy secret is longer than {MostDomainBytes} bytes.");
    }
}
