using System.Security.Cryptography;
using System.Text;

namespace Fleet.Sessions;

/// <summary>A sealed record: <paramref name="KeyId"/> of the key that opens it, and the sealed bytes.</summary>
public sealed record SealedRecord(string KeyId, byte[] Data);

/// <summary>
/// Seals sessions at rest with AES-256-GCM. The account and the purpose are authenticated with the bytes, so a record
/// copied to another row does not open. Safe for concurrent use.
/// </summary>
/// <remarks>Layout: version 1 (1 byte) | nonce (12, random) | ciphertext | tag (16).</remarks>
public sealed class SessionSealer
{
    const byte Version = 1;
    const int NonceBytes = 12;
    const int TagBytes = 16;
    const int OverheadBytes = 1 + NonceBytes + TagBytes;

    readonly SessionKey _current;
    readonly Dictionary<string, SessionKey> _keys;

    /// <summary>Knows the keys.</summary>
    /// <param name="current">Seals new records.</param>
    /// <param name="older">Former keys: they only open.</param>
    public SessionSealer(SessionKey current, params IEnumerable<SessionKey> older)
    {
        _current = current;
        _keys = new(StringComparer.Ordinal) { [current.Id] = current };
        foreach (var key in older)
            _keys[key.Id] = key;
    }

    /// <summary>Id of the key that seals new records.</summary>
    public string CurrentKeyId => _current.Id;

    /// <summary>Reads the keys that the options name.</summary>
    /// <exception cref="SealException"><see cref="SealError.BadKey"/>.</exception>
    public static SessionSealer From(SessionsOptions options)
    {
        var current = options switch
        {
            { Key: { Length: > 0 } key } => SessionKey.Parse(key),
            { KeyFile: { Length: > 0 } file } => SessionKey.FromFile(file),
            _ => throw new SealException(SealError.BadKey, "set Sessions:Key or Sessions:KeyFile"),
        };
        return new SessionSealer(current, options.OldKeys.Select(SessionKey.Parse));
    }

    /// <summary>True when the record should be sealed anew, because a former key holds it.</summary>
    public bool IsOutdated(SealedRecord record) => !string.Equals(record.KeyId, _current.Id, StringComparison.Ordinal);

    /// <summary>Seals bytes for one account and one purpose.</summary>
    public SealedRecord Seal(ReadOnlySpan<byte> plain, string account, string purpose)
    {
        var data = new byte[plain.Length + OverheadBytes];
        data[0] = Version;
        var nonce = data.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_current.Value, TagBytes);
        aes.Encrypt(
            nonce,
            plain,
            data.AsSpan(1 + NonceBytes, plain.Length),
            data.AsSpan(^TagBytes..),
            AssociatedData(account, purpose)
        );
        return new SealedRecord(_current.Id, data);
    }

    /// <summary>Opens what <see cref="Seal"/> made for the same account and purpose.</summary>
    /// <exception cref="SealException">The key is unknown, or the bytes are not what was sealed.</exception>
    public byte[] Open(SealedRecord record, string account, string purpose)
    {
        if (!_keys.TryGetValue(record.KeyId, out var key))
            throw new SealException(
                SealError.UnknownKey,
                $"{purpose} of account {account} is sealed by key {record.KeyId}, which is not configured"
            );
        var data = record.Data.AsSpan();
        if (data.Length < OverheadBytes || data[0] != Version)
            throw new SealException(SealError.Malformed, $"{purpose} of account {account} is not a sealed record");
        var plain = new byte[data.Length - OverheadBytes];
        using var aes = new AesGcm(key.Value, TagBytes);
        try
        {
            aes.Decrypt(
                data.Slice(1, NonceBytes),
                data[(1 + NonceBytes)..^TagBytes],
                data[^TagBytes..],
                plain,
                AssociatedData(account, purpose)
            );
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SealException(
                SealError.NotAuthentic,
                $"{purpose} of account {account} was changed, or belongs elsewhere",
                e
            );
        }

        return plain;
    }

    // Length before each part, so that no two (account, purpose) pairs share their bytes.
    static byte[] AssociatedData(string account, string purpose) =>
        Encoding.UTF8.GetBytes($"fleet.seal.1|{account.Length}:{account}|{purpose.Length}:{purpose}");
}
