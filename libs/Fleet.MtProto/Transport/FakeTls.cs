using System.Security.Cryptography;

namespace Fleet.MtProto.Transport;

/// <summary>The greeting between a client and an MTProxy that both pretend to speak TLS 1.3.</summary>
/// <remarks>
/// Each proves that it knows the secret by what stands in place of its hello's random: the client HMAC-SHA256 of its
/// hello with 32 zeros there, with the Unix time xored into the last 4 bytes; the server the HMAC of the client's 32
/// bytes and of its own hello, ChangeCipherSpec and first data record, with zeros there.
/// </remarks>
static class FakeTls
{
    const byte Handshake = 0x16;
    const byte ChangeCipherSpec = 0x14;
    const int RandomOffset = 11;
    const int RandomBytes = 32;
    const int LeastHelloBytes = RandomOffset + RandomBytes - FakeTlsWire.HeaderBytes;
    const int ChangeBytes = 1;

    /// <exception cref="ProxyException">Whoever answered does not know the secret.</exception>
    public static async Task<FakeTlsWire> GreetAsync(
        Wire inner,
        byte[] key,
        string domain,
        TimeProvider time,
        RandomFill random
    )
    {
        var hello = ClientHello.Make(domain, random);
        var proof = Sign(hello, key, (int)time.GetUtcNow().ToUnixTimeSeconds());
        await inner.SendAsync(hello);
        byte[] answer;
        try
        {
            answer =
            [
                .. await ReadRecordAsync(inner, Handshake, LeastHelloBytes),
                .. await ReadRecordAsync(inner, ChangeCipherSpec, ChangeBytes),
                .. await ReadRecordAsync(inner, FakeTlsWire.ApplicationData, 1),
            ];
        }
        catch (ProtocolViolationException e)
        {
            throw new ProxyException(
                ProxyFault.Content,
                $"not the greeting of an MTProxy ({e.Message}); its secret may be another"
            );
        }
        if (!Proves(answer, key, proof))
            throw new ProxyException(ProxyFault.Secret, "whoever answers does not know the secret");
        return new FakeTlsWire(inner);
    }

    /// <summary>Puts the proof into the hello and returns it.</summary>
    static byte[] Sign(byte[] hello, byte[] key, int unixTime)
    {
        var place = hello.AsSpan(RandomOffset, RandomBytes);
        place.Clear();
        HMACSHA256.HashData(key, hello, place);
        var last = place[^sizeof(int)..];
        BinaryPrimitives.WriteInt32LittleEndian(last, BinaryPrimitives.ReadInt32LittleEndian(last) ^ unixTime);
        return place.ToArray();
    }

    static bool Proves(byte[] answer, byte[] key, byte[] clientProof)
    {
        var place = answer.AsSpan(RandomOffset, RandomBytes);
        var given = place.ToArray();
        place.Clear();
        byte[] both = [.. clientProof, .. answer];
        return CryptographicOperations.FixedTimeEquals(given, HMACSHA256.HashData(key, both));
    }

    /// <summary>A whole record, its header included.</summary>
    static async Task<byte[]> ReadRecordAsync(Wire inner, byte type, int leastBytes)
    {
        var header = new byte[FakeTlsWire.HeaderBytes];
        await inner.FillAsync(header);
        var length = FakeTlsWire.ReadLength(header, type);
        if (length < leastBytes)
            throw new ProtocolViolationException(Violation.Record, $"{length} bytes of at least {leastBytes}");
        var record = new byte[header.Length + length];
        header.CopyTo(record, 0);
        await inner.FillAsync(record.AsMemory(FakeTlsWire.HeaderBytes));
        return record;
    }
}
