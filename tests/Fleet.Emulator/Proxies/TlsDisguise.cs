using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Emulator.Proxies;

/// <summary>The server's side of what looks like TLS 1.3: reads a ClientHello, answers one that proves the secret, then bytes
/// in application data records.</summary>
sealed class TlsDisguise(Stream inner) : Stream
{
    const int HelloBytes = 517;
    const int RandomAt = 11;
    const int RandomBytes = 32;
    const int SessionIdAt = 44;
    const int MaxRecord = 16 * 1024;

    readonly byte[] _header = new byte[5];
    int _left;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Null for a client that was answered as the site answers, because it does not prove the secret.</summary>
    public static async Task<TlsDisguise?> AcceptAsync(
        Stream client,
        EmulatedMtProxyOptions options,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var hello = new byte[HelloBytes];
        await client.ReadExactlyAsync(hello, ct);
        var proof = hello.AsSpan(RandomAt, RandomBytes).ToArray();
        var answer = ServerHello(hello.AsSpan(SessionIdAt, RandomBytes));
        if (options.AnswersAsSite || !IsOurs(hello, proof, options, time))
        {
            await client.WriteAsync(answer, ct);
            return null;
        }
        var signed = answer.ToArray();
        signed.AsSpan(RandomAt, RandomBytes).Clear();
        HMACSHA256.HashData(options.Secret, (byte[])[.. proof, .. signed]).CopyTo(answer, RandomAt);
        await client.WriteAsync(answer, ct);
        var change = new byte[6];
        await client.ReadExactlyAsync(change, ct);
        return change.AsSpan().SequenceEqual<byte>([0x14, 3, 3, 0, 1, 1])
            ? new TlsDisguise(client)
            : throw new InvalidDataException("No ChangeCipherSpec after the hello.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
        {
            if (await inner.ReadAtLeastAsync(_header, 5, throwOnEndOfStream: false, cancellationToken) < 5)
                return 0;
            _left = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(3));
            if (_header[0] != 0x17 || _left is 0 or > MaxRecord)
                throw new InvalidDataException("Not an application data record.");
        }
        var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read;
    }

    // Records of all lengths, so that their borders fall everywhere within the frames.
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        while (!buffer.IsEmpty)
        {
            var length = Math.Min(buffer.Length, RandomNumberGenerator.GetInt32(1, MaxRecord + 1));
            byte[] record = [0x17, 3, 3, (byte)(length >> 8), (byte)length, .. buffer.Span[..length]];
            await inner.WriteAsync(record, cancellationToken);
            buffer = buffer[length..];
        }
    }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    static bool IsOurs(byte[] hello, byte[] proof, EmulatedMtProxyOptions options, TimeProvider time)
    {
        ReadOnlySpan<byte> start = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
        if (!hello.AsSpan().StartsWith(start) || !string.Equals(SiteOf(hello), options.Site, StringComparison.Ordinal))
            return false;
        hello.AsSpan(RandomAt, RandomBytes).Clear();
        var expected = HMACSHA256.HashData(options.Secret, hello);
        var sent =
            BinaryPrimitives.ReadUInt32LittleEndian(expected.AsSpan(28))
            ^ BinaryPrimitives.ReadUInt32LittleEndian(proof.AsSpan(28));
        var off = time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(sent);
        return proof.AsSpan(0, 28).SequenceEqual(expected.AsSpan(0, 28)) && off.Duration() <= options.ClockSlack;
    }

    /// <summary>The host_name of the server_name extension (RFC 6066); empty when there is none.</summary>
    static string SiteOf(byte[] hello)
    {
        var at = SessionIdAt + hello[SessionIdAt - 1];
        at += 2 + Word(hello, at); // cipher suites
        at += 1 + hello[at]; // compression methods
        var end = at + 2 + Word(hello, at);
        for (at += 2; at + 4 <= end; at += 4 + Word(hello, at + 2))
        {
            if (Word(hello, at) == 0)
                return Encoding.ASCII.GetString(hello, at + 9, Word(hello, at + 7));
        }
        return "";
    }

    static int Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));

    // ServerHello with an X25519 share, ChangeCipherSpec, and a record as long as a certificate
    static byte[] ServerHello(ReadOnlySpan<byte> sessionId)
    {
        var certificate = RandomNumberGenerator.GetInt32(1500, 4000);
        return
        [
            .. new byte[] { 0x16, 3, 3, 0, 0x7a, 2, 0, 0, 0x76, 3, 3 },
            .. RandomNumberGenerator.GetBytes(RandomBytes),
            RandomBytes,
            .. sessionId,
            .. new byte[] { 0x13, 1, 0, 0, 0x2e, 0, 0x33, 0, 0x24, 0, 0x1d, 0, 0x20 },
            .. RandomNumberGenerator.GetBytes(RandomBytes),
            .. new byte[] { 0, 0x2b, 0, 2, 3, 4, 0x14, 3, 3, 0, 1, 1, 0x17, 3, 3 },
            (byte)(certificate >> 8),
            (byte)certificate,
            .. RandomNumberGenerator.GetBytes(certificate),
        ];
    }
}
