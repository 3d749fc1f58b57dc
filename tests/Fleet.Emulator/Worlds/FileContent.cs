using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Emulator.Worlds;

/// <summary>The bytes of a document: readable at any offset, by several connections at once.</summary>
public abstract class FileContent
{
    /// <summary>Largest file that Telegram takes: 8000 parts of 512 KiB.</summary>
    public const long MaxBytes = 8000L * 512 * 1024;

    readonly Lock _lock = new();
    Task<byte[]>? _sha256;

    protected FileContent(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxBytes);
        Size = size;
    }

    /// <summary>Length in bytes, 0 to 4,194,304,000.</summary>
    public long Size { get; }

    /// <summary>Fills <paramref name="target"/> with the bytes from <paramref name="offset"/> on; all of it must lie inside the file.</summary>
    public abstract void Read(long offset, Span<byte> target);

    /// <summary>SHA-256 of the whole content, computed on first use (about 1 s per GiB) and kept.</summary>
    public Task<byte[]> Sha256Async()
    {
        lock (_lock)
            return _sha256 ??= Task.Run(HashAll);
    }

    /// <summary>As <see cref="Sha256Async"/>, in lower-case hexadecimal.</summary>
    public async Task<string> Sha256HexAsync() => Convert.ToHexStringLower(await Sha256Async());

    byte[] HashAll()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (long offset = 0; offset < Size; offset += buffer.Length)
            {
                var chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Size - offset));
                Read(offset, chunk);
                hash.AppendData(chunk);
            }
            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>
/// Content made from a seed: block i of 16 bytes is AES-256(SHA-256("fleet content " + seed), i), so any part can be
/// made alone, the same on every machine, incompressible, at several GB/s.
/// </summary>
public sealed class GeneratedContent : FileContent
{
    const int BlockBytes = 16;
    readonly byte[] _key;
    readonly ConcurrentBag<Aes> _ciphers = [];

    public GeneratedContent(long seed, long size)
        : base(size)
    {
        Seed = seed;
        _key = SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"fleet content {seed}"));
    }

    public long Seed { get; }

    public override void Read(long offset, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size - target.Length);
        if (!_ciphers.TryTake(out var cipher))
        {
            cipher = Aes.Create();
            cipher.SetKey(_key);
        }
        Generate(cipher, offset, target);
        _ciphers.Add(cipher);
    }

    static void Generate(Aes cipher, long offset, Span<byte> target)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        var skip = (int)(offset % BlockBytes);
        if (skip != 0)
        {
            Blocks(cipher, offset / BlockBytes, block);
            var head = block[skip..Math.Min(BlockBytes, skip + target.Length)];
            head.CopyTo(target);
            target = target[head.Length..];
            offset += head.Length;
        }
        var whole = target[..(target.Length / BlockBytes * BlockBytes)];
        Blocks(cipher, offset / BlockBytes, whole);
        var rest = target[whole.Length..];
        if (rest.IsEmpty)
            return;
        Blocks(cipher, (offset + whole.Length) / BlockBytes, block);
        block[..rest.Length].CopyTo(rest);
    }

    static void Blocks(Aes cipher, long first, Span<byte> target)
    {
        if (target.IsEmpty)
            return;
        var counter = Vector128.Create(first, 0);
        foreach (ref var block in MemoryMarshal.Cast<byte, Vector128<long>>(target))
        {
            block = counter;
            counter += Vector128.Create(1L, 0);
        }
        cipher.EncryptEcb(target, target, PaddingMode.None);
    }
}

/// <summary>A file on disk as it was when opened; it must not change while it is served.</summary>
public sealed class DiskContent : FileContent, IDisposable
{
    readonly SafeFileHandle _file;

    DiskContent(string path, SafeFileHandle file)
        : base(RandomAccess.GetLength(file))
    {
        Path = path;
        _file = file;
    }

    public string Path { get; }

    public static DiskContent Open(string path) => new(path, File.OpenHandle(path, options: FileOptions.RandomAccess));

    public override void Read(long offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(_file, target, offset);
            if (read == 0)
                throw new EndOfStreamException($"{Path} became shorter than {Size} bytes.");
            target = target[read..];
            offset += read;
        }
    }

    public void Dispose() => _file.Dispose();
}
