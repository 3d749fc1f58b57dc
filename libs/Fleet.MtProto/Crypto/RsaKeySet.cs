namespace Fleet.MtProto.Crypto;

/// <summary>The server keys that a client trusts.</summary>
public sealed class RsaKeySet
{
    readonly Dictionary<long, RsaPublicKey> _keys;

    public RsaKeySet(IEnumerable<RsaPublicKey> keys) => _keys = keys.ToDictionary(k => k.Fingerprint);

    /// <summary>Telegram's production key, fingerprint d09d1d85de64fd85.</summary>
    /// <remarks>TDLib td/telegram/net/PublicRsaKeySharedMain.cpp.</remarks>
    public static RsaKeySet Production { get; } =
        FromPem([
            """
            -----BEGIN RSA PUBLIC KEY-----
            MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g
            5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO
            62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/
            +aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9
            t6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs
            5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB
            -----END RSA PUBLIC KEY-----
            """,
        ]);

    /// <summary>Fingerprints of the keys.</summary>
    public IReadOnlyCollection<long> Fingerprints => _keys.Keys;

    /// <summary>One key per PEM text.</summary>
    /// <exception cref="FormatException">A text is not a 2048-bit RSA public key.</exception>
    public static RsaKeySet FromPem(IEnumerable<string> pems) => new(pems.Select(RsaPublicKey.FromPem));

    /// <summary>The first key that the server offers and we trust.</summary>
    public RsaPublicKey? FindOrNull(ReadOnlySpan<long> fingerprints)
    {
        foreach (var fingerprint in fingerprints)
        {
            if (_keys.TryGetValue(fingerprint, out var key))
                return key;
        }
        return null;
    }
}
