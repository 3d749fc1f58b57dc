using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Fleet.MtProto.Crypto;

namespace Fleet.Benchmarks;

/// <summary>What a receiver of encrypted parts must spend whatever its design: AES-IGE, SHA-256, and the copy out of a
/// socket and into its place; measured one after the other in this process.</summary>
public static class Floor
{
    const int PartBytes = 1 << 20;

    /// <summary>Decrypts and hashes <paramref name="bytes"/> bytes in parts of 1 MiB on one thread.</summary>
    public static Task<Cost> CryptoAsync(long bytes) =>
        Meter.MeasureAsync(() =>
        {
            var part = new byte[PartBytes];
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            var key = RandomNumberGenerator.GetBytes(AesIge.KeyBytes);
            var iv = RandomNumberGenerator.GetBytes(AesIge.IvBytes);
            for (long done = 0; done < bytes; done += PartBytes)
            {
                AesIge.Decrypt(part, key, iv);
                SHA256.HashData(part, hash);
            }
            return Task.CompletedTask;
        });

    /// <summary>The same when four parts are there at a time: decrypted interleaved, then hashed one after another.</summary>
    /// <param name="bytes">A multiple of 4 MiB.</param>
    public static Task<Cost> CryptoTogetherAsync(long bytes) =>
        Meter.MeasureAsync(() =>
        {
            var parts = Enumerable.Range(0, AesIge.MaxTogether).Select(_ => new byte[PartBytes].AsMemory()).ToArray();
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            var keys = RandomNumberGenerator.GetBytes(AesIge.MaxTogether * AesIge.KeyBytes);
            var ivs = RandomNumberGenerator.GetBytes(AesIge.MaxTogether * AesIge.IvBytes);
            for (long done = 0; done < bytes; done += AesIge.MaxTogether * PartBytes)
            {
                AesIge.Decrypt(parts, keys, ivs);
                foreach (var part in parts)
                    SHA256.HashData(part.Span, hash);
            }
            return Task.CompletedTask;
        });

    /// <summary>Receives <paramref name="bytes"/> bytes from a loopback socket and copies each part once.</summary>
    /// <param name="bytes">A multiple of 1 MiB.</param>
    /// <param name="source">Address of a peer that sends zeros until it is closed: another process, so that its cost is not ours.</param>
    public static async Task<Cost> SocketAsync(long bytes, IPEndPoint source)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(source);
        var part = new byte[PartBytes];
        var place = new byte[PartBytes];
        return await Meter.MeasureAsync(async () =>
        {
            for (long done = 0; done < bytes; done += PartBytes)
            {
                for (var filled = 0; filled < PartBytes; )
                    filled += await socket.ReceiveAsync(part.AsMemory(filled));
                part.CopyTo(place, 0);
            }
        });
    }
}
