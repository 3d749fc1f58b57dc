using System.Buffers;
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
/// Content made from a seed, so any part can be made alone, the same on every machine, about as fast as memory is copied:
/// one MiB of noise that all files share, of which each MiB of each file has every 16 bytes masked by its own first
/// 16 bytes of SHA-256("fleet content " + seed + " " + number of the MiB).
/// </summary>
public sealed class GeneratedContent(long seed, long size) : FileContent(size)
{
    const int BlockBytes = 1 << 20;

    static readonly byte[] Noise = MakeNoise();

    public long Seed => seed;

    public override void Read(long offset, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size - target.Length);
        while (!target.IsEmpty)
        {
            var (block, at) = Math.DivRem(offset, BlockBytes);
            var piece = target[..(int)Math.Min(BlockBytes - at, target.Length)];
            Mask(Noise.AsSpan((int)at, piece.Length), MaskAt(block, (int)at), piece);
            target = target[piece.Length..];
            offset += piece.Length;
        }
    }

    /// <summary>The mask of a MiB, turned so that it begins as it does at an offset therein.</summary>
    Vector128<byte> MaskAt(long block, int at)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"fleet content {seed} {block}"), hash);
        Span<byte> turned = stackalloc byte[Vector128<byte>.Count];
        for (var i = 0; i < turned.Length; i++)
            turned[i] = hash[(at + i) % turned.Length];
        return Vector128.Create<byte>(turned);
    }

    static void Mask(ReadOnlySpan<byte> noise, Vector128<byte> mask, Span<byte> target)
    {
        var from = MemoryMarshal.Cast<byte, Vector128<byte>>(noise);
        var to = MemoryMarshal.Cast<byte, Vector128<byte>>(target);
        for (var i = 0; i < to.Length; i++)
            to[i] = from[i] ^ mask;
        for (var i = to.Length * Vector128<byte>.Count; i < target.Length; i++)
            target[i] = (byte)(noise[i] ^ mask[i % Vector128<byte>.Count]);
    }

    static byte[] MakeNoise()
    {
        using var cipher = Aes.Create();
        cipher.SetKey(SHA256.HashData("fleet content"u8));
        return cipher.EncryptCbc(new byte[BlockBytes], new byte[Vector128<byte>.Count], PaddingMode.None);
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
