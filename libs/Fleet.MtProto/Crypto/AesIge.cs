using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fleet.MtProto.Crypto;

/// <summary>AES-256 in Infinite Garble Extension mode, in place, without allocating.</summary>
/// <remarks>
/// Key 32 bytes, IV 32 bytes (the ciphertext block before the first, then the plaintext block before the first), data a
/// multiple of 16 bytes. Uses the AES instructions of x86 or Arm when the processor has them.
/// https://core.telegram.org/mtproto/description
/// </remarks>
public static class AesIge
{
    public const int BlockBytes = 16;
    public const int KeyBytes = 32;
    public const int IvBytes = 32;

    /// <summary>Messages that can be decrypted together.</summary>
    public const int MaxTogether = 4;

    /// <summary>True when the processor's AES instructions are used.</summary>
    public static bool IsHardwareAccelerated =>
        BitConverter.IsLittleEndian && (AesIgeX86.IsSupported || AesIgeArm.IsSupported);

    /// <summary>c[i] = E(p[i] ^ c[i-1]) ^ p[i-1].</summary>
    /// <exception cref="ArgumentException">A length is not as stated on the class.</exception>
    public static void Encrypt(Span<byte> data, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv) =>
        Encrypt(data, key, iv, IsHardwareAccelerated);

    /// <summary>p[i] = D(c[i] ^ p[i-1]) ^ c[i-1].</summary>
    /// <exception cref="ArgumentException">A length is not as stated on the class.</exception>
    public static void Decrypt(Span<byte> data, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv) =>
        Decrypt(data, key, iv, IsHardwareAccelerated);

    /// <summary>Decrypts one to four messages interleaved, each with its own key. With AES instructions two, three
    /// or four of one length take about as long as one (Zen 3: 0.85, 1.65, 2.4 and 3.3 GB/s).</summary>
    /// <param name="messages">Whole blocks each, of any lengths, decrypted in place.</param>
    /// <param name="keys">The key of each, one after another.</param>
    /// <param name="ivs">The IV of each, one after another. Overwritten.</param>
    /// <exception cref="ArgumentException">A length is not as stated, or there are more than four messages.</exception>
    public static void Decrypt(ReadOnlySpan<Memory<byte>> messages, ReadOnlySpan<byte> keys, Span<byte> ivs) =>
        Decrypt(messages, keys, ivs, IsHardwareAccelerated);

    internal static void Encrypt(Span<byte> data, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, bool hardware)
    {
        CheckLengths(data, key, iv);
        if (data.IsEmpty)
            return;
        Span<uint> schedule = stackalloc uint[AesKeySchedule.Words];
        AesKeySchedule.Expand(key, schedule, hardware);
        if (!hardware)
            AesIgePortable.Encrypt(data, schedule, iv);
        else if (AesIgeX86.IsSupported)
            AesIgeX86.Encrypt(data, schedule, iv);
        else
            AesIgeArm.Encrypt(data, schedule, iv);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(schedule));
    }

    internal static void Decrypt(Span<byte> data, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, bool hardware)
    {
        CheckLengths(data, key, iv);
        if (data.IsEmpty)
            return;
        Span<uint> schedule = stackalloc uint[AesKeySchedule.Words];
        AesKeySchedule.Expand(key, schedule, hardware);
        AesKeySchedule.Invert(schedule, hardware);
        if (!hardware)
            AesIgePortable.Decrypt(data, schedule, iv);
        else if (AesIgeX86.IsSupported)
            AesIgeX86.Decrypt(data, schedule, iv);
        else
            AesIgeArm.Decrypt(data, schedule, iv);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(schedule));
    }

    internal static void Decrypt(
        ReadOnlySpan<Memory<byte>> messages,
        ReadOnlySpan<byte> keys,
        Span<byte> ivs,
        bool hardware
    )
    {
        if (messages.Length > MaxTogether)
            throw new ArgumentException($"{messages.Length} messages, more than {MaxTogether}", nameof(messages));
        Span<uint> schedules = stackalloc uint[MaxTogether * AesKeySchedule.Words];
        for (var i = 0; i < messages.Length; i++)
        {
            var key = keys.Slice(i * KeyBytes, KeyBytes);
            var iv = ivs.Slice(i * IvBytes, IvBytes);
            CheckLengths(messages[i].Span, key, iv);
            var schedule = schedules.Slice(i * AesKeySchedule.Words, AesKeySchedule.Words);
            AesKeySchedule.Expand(key, schedule, hardware);
            AesKeySchedule.Invert(schedule, hardware);
            if (!hardware)
                AesIgePortable.Decrypt(messages[i].Span, schedule, iv);
        }
        if (hardware && AesIgeX86.IsSupported)
            AesIgeWide.Decrypt<AesIgeX86.Steps>(messages, schedules, ivs);
        else if (hardware)
            AesIgeWide.Decrypt<AesIgeArm.Steps>(messages, schedules, ivs);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(schedules));
    }

    static void CheckLengths(ReadOnlySpan<byte> data, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        if (data.Length % BlockBytes != 0)
            throw new ArgumentException($"{data.Length} bytes are not whole AES blocks", nameof(data));
        if (key.Length != KeyBytes)
            throw new ArgumentException($"The key has {key.Length} bytes, not {KeyBytes}", nameof(key));
        if (iv.Length != IvBytes)
            throw new ArgumentException($"The IV has {iv.Length} bytes, not {IvBytes}", nameof(iv));
    }
}
