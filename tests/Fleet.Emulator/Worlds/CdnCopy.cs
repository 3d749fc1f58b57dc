using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Worlds;

/// <summary>A document's copy on the CDN: encrypted with a key that the CDN does not have, uploaded piece by piece when asked for,
/// read with a token that can be made to expire.</summary>
/// <remarks>https://core.telegram.org/cdn</remarks>
public sealed class CdnCopy
{
    /// <summary>Bytes that are uploaded and hashed together.</summary>
    public const int PieceBytes = 128 * 1024;

    readonly ConcurrentDictionary<long, bool> _uploaded = new();
    readonly byte[] _secret;
    readonly long _documentId;
    int _epoch = 1;

    internal CdnCopy(long documentId, FileContent content)
    {
        _documentId = documentId;
        _secret = SHA256.HashData([.. "cdn copy "u8, .. BitConverter.GetBytes(documentId)]);
        Key = SHA256.HashData([.. "key "u8, .. _secret]);
        Iv = SHA256.HashData([.. "iv "u8, .. _secret])[..16];
        Content = new EncryptedContent(content, Key, Iv);
    }

    /// <summary>upload.getFile redirects whether or not the client says that it can follow. Default false.</summary>
    public bool IsOnlyThere { get; set; }

    /// <summary>Nobody is told a hash. Default false.</summary>
    public bool HidesHashes { get; set; }

    /// <summary>The CDN has every piece from the start: no reupload is needed. Default false.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Tokens given out so far are answered by FILE_TOKEN_INVALID, also in place of request tokens.</summary>
    public void ExpireTokens() => Interlocked.Increment(ref _epoch);

    internal byte[] Key { get; }

    /// <summary>16 bytes; the last 4 mean nothing, and are not zero.</summary>
    internal byte[] Iv { get; }

    /// <summary>What the CDN stores.</summary>
    internal FileContent Content { get; }

    /// <summary>document id 8 | mac 16</summary>
    internal byte[] Token() => [.. BitConverter.GetBytes(_documentId), .. Mac("file "u8, 0)];

    /// <summary>document id 8 | offset 8 | mac 16</summary>
    internal byte[] RequestToken(long offset) =>
        [.. BitConverter.GetBytes(_documentId), .. BitConverter.GetBytes(offset), .. Mac("request "u8, offset)];

    /// <summary>The document that a token of either kind names; 0 when it is none.</summary>
    internal static long DocumentIdOf(ReadOnlySpan<byte> token) =>
        token.Length >= 24 ? BinaryPrimitives.ReadInt64LittleEndian(token) : 0;

    internal bool IsToken(ReadOnlySpan<byte> token) => token.SequenceEqual(Token());

    /// <summary>The offset that a request token is for; null when it is none, or expired.</summary>
    internal long? OffsetOrNull(ReadOnlySpan<byte> requestToken)
    {
        if (requestToken.Length != 32)
            return null;
        var offset = BinaryPrimitives.ReadInt64LittleEndian(requestToken[8..]);
        return requestToken.SequenceEqual(RequestToken(offset)) ? offset : null;
    }

    /// <summary>The first piece between the offsets that the CDN lacks; null when it has them all.</summary>
    internal long? MissingOrNull(long from, long to)
    {
        for (var piece = from / PieceBytes; !IsWhole && piece * PieceBytes < to; piece++)
        {
            if (!_uploaded.ContainsKey(piece))
                return piece * PieceBytes;
        }
        return null;
    }

    internal bool Has(long offset) => IsWhole || _uploaded.ContainsKey(offset / PieceBytes);

    internal void Upload(long offset) => _uploaded[offset / PieceBytes] = true;

    byte[] Mac(ReadOnlySpan<byte> kind, long offset)
    {
        byte[] named = [.. kind, .. BitConverter.GetBytes(offset), .. BitConverter.GetBytes(Volatile.Read(ref _epoch))];
        return HMACSHA256.HashData(_secret, named)[..16];
    }

    /// <summary>Content under AES-256-CTR, whose counter starts at the IV with offset / 16 in its last 4 bytes.</summary>
    sealed class EncryptedContent(FileContent plain, byte[] key, byte[] iv) : FileContent(plain.Size)
    {
        public override void Read(long offset, Span<byte> target)
        {
            plain.Read(offset, target);
            Span<byte> start = stackalloc byte[16];
            iv.CopyTo(start);
            BinaryPrimitives.WriteInt32BigEndian(start[12..], (int)(offset / 16));
            using var cipher = new CounterCipher(key, start);
            cipher.Apply(target);
        }
    }
}
