using System.Security.Cryptography;
using System.Text;

namespace Fleet.Jobs;

/// <summary>
/// The text of an API key: <c>flt_live_</c>, 12 characters of id, 32 of secret, 6 of checksum, all base62. The
/// checksum lets clients and secret scanners tell a mistyped key from a wrong one without asking.
/// </summary>
/// <param name="Id">Finds the row; not secret.</param>
/// <param name="Secret">190 random bits.</param>
public sealed record ApiKeyText(string Id, string Secret)
{
    /// <summary>Begins every key.</summary>
    public const string Prefix = "flt_live_";

    const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const int IdLength = 12;
    const int SecretLength = 32;
    const int ChecksumLength = 6;

    /// <summary>What is stored instead of the secret.</summary>
    public byte[] SecretSha256 => SHA256.HashData(Encoding.ASCII.GetBytes(Secret));

    /// <summary>A new random key.</summary>
    public static ApiKeyText Create() =>
        new(
            RandomNumberGenerator.GetString(Alphabet, IdLength),
            RandomNumberGenerator.GetString(Alphabet, SecretLength)
        );

    /// <summary>The parts of a key, or null when it has another shape or a wrong checksum.</summary>
    public static ApiKeyText? ParseOrNull(string text)
    {
        if (
            text.Length != Prefix.Length + IdLength + SecretLength + ChecksumLength
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.AsSpan(Prefix.Length).ContainsAnyExcept(Alphabet)
        )
        {
            return null;
        }
        var body = text.AsSpan(Prefix.Length);
        var key = new ApiKeyText(body[..IdLength].ToString(), body.Slice(IdLength, SecretLength).ToString());
        return body[^ChecksumLength..].SequenceEqual(key.Checksum()) ? key : null;
    }

    /// <summary>The whole key, to be shown once.</summary>
    public string Reveal() => Prefix + Id + Secret + Checksum();

    /// <summary>The key without its secret.</summary>
    public override string ToString() => $"{Prefix}{Id}…";

    string Checksum()
    {
        var crc = Crc32(Encoding.ASCII.GetBytes(Id + Secret));
        var digits = new char[ChecksumLength];
        for (var i = ChecksumLength - 1; i >= 0; i--)
        {
            digits[i] = Alphabet[(int)(crc % (uint)Alphabet.Length)];
            crc /= (uint)Alphabet.Length;
        }
        return new string(digits);
    }

    // CRC-32 of zlib and PNG (reflected polynomial EDB88320).
    static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }
}
