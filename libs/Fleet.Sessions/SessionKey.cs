using System.Security.Cryptography;

namespace Fleet.Sessions;

/// <summary>A 256-bit key that seals sessions, with a short id derived from it.</summary>
public sealed class SessionKey
{
    /// <summary>Length of a key in bytes.</summary>
    public const int Bytes = 32;

    readonly byte[] _key;

    /// <summary>Copies the bytes of a key.</summary>
    /// <param name="key">Exactly 32 bytes.</param>
    /// <exception cref="SealException">Another length (<see cref="SealError.BadKey"/>).</exception>
    public SessionKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != Bytes)
            throw new SealException(SealError.BadKey, $"a session key is {Bytes} bytes, this one is {key.Length}");
        _key = key.ToArray();
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(_key, "fleet session key id"u8).AsSpan(0, 6));
    }

    /// <summary>12 hexadecimal digits, stored beside each sealed record; tells nothing about the key.</summary>
    public string Id { get; }

    internal ReadOnlySpan<byte> Value => _key;

    /// <summary>Reads a key from base64.</summary>
    /// <exception cref="SealException">Not base64, or not 32 bytes. The text is not repeated.</exception>
    public static SessionKey Parse(string base64)
    {
        var buffer = new byte[Bytes + 1];
        if (!Convert.TryFromBase64String(base64.Trim(), buffer, out var length))
            throw new SealException(SealError.BadKey, $"a session key is the base64 of {Bytes} bytes");
        return new SessionKey(buffer.AsSpan(0, length));
    }

    /// <summary>Reads a key from the first line of a file.</summary>
    /// <exception cref="SealException">The file cannot be read, or holds no key.</exception>
    public static SessionKey FromFile(string path)
    {
        try
        {
            return Parse(File.ReadLines(path).FirstOrDefault() ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SealException(SealError.BadKey, $"cannot read the session key file {path}", e);
        }
    }

    /// <summary>A new random key.</summary>
    public static SessionKey Create() => new(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The id; the key stays hidden.</summary>
    public override string ToString() => $"SessionKey {Id}";
}
