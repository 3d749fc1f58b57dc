using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Fleet.MtProto.Crypto;

/// <summary>AES-256-IGE with AES-NI.</summary>
/// <remarks>
/// A block must wait for the one before it, so the speed is the latency of 14 AES instructions. The chaining is kept
/// off that path: what turns this block's output into the next block's input are blocks already known, so they are
/// XORed into the last round key beforehand, and the stored block is read back out of the next input.
/// The loop over the rounds costs nothing: it runs in the shadow of that latency.
/// </remarks>
static class AesIgeX86
{
    public static bool IsSupported => X86Aes.IsSupported;

    /// <summary>AESDEC adds its key after the round, so the first key goes in beforehand.</summary>
    public readonly struct Steps : IAesSteps
    {
        public static Vector128<byte> Enter(Vector128<byte> cipher, Vector128<byte> previous, Vector128<byte> key) =>
            cipher ^ key ^ previous;

        public static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> key) => X86Aes.Decrypt(state, key);

        public static Vector128<byte> Leave(Vector128<byte> state, Vector128<byte> key, Vector128<byte> last) =>
            X86Aes.DecryptLast(X86Aes.Decrypt(state, key), last);

        public static void Decrypt(Span<byte> data, ReadOnlySpan<uint> inverseSchedule, ReadOnlySpan<byte> iv) =>
            AesIgeX86.Decrypt(data, inverseSchedule, iv);
    }

    /// <summary>c[i] = E(p[i] ^ c[i-1]) ^ p[i-1], in place.</summary>
    public static void Encrypt(Span<byte> data, ReadOnlySpan<uint> schedule, ReadOnlySpan<byte> iv)
    {
        var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(data);
        var keys = MemoryMarshal.Cast<uint, Vector128<byte>>(schedule);
        var first = keys[0];
        var middle = keys[1..AesKeySchedule.Rounds];
        var fold = first ^ keys[AesKeySchedule.Rounds];
        var previous = Vector128.Create(iv[AesIge.BlockBytes..]);
        var current = blocks[0];
        var state = current ^ Vector128.Create(iv) ^ first;
        for (var i = 0; i < blocks.Length; i++)
        {
            var next = i + 1 < blocks.Length ? blocks[i + 1] : Vector128<byte>.Zero;
            var last = fold ^ previous ^ next;
            foreach (var key in middle)
                state = X86Aes.Encrypt(state, key);
            state = X86Aes.EncryptLast(state, last);
            blocks[i] = state ^ next ^ first;
            previous = current;
            current = next;
        }
    }

    /// <summary>p[i] = D(c[i] ^ p[i-1]) ^ c[i-1], in place.</summary>
    public static void Decrypt(Span<byte> data, ReadOnlySpan<uint> inverseSchedule, ReadOnlySpan<byte> iv)
    {
        var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(data);
        var keys = MemoryMarshal.Cast<uint, Vector128<byte>>(inverseSchedule);
        var first = keys[0];
        var middle = keys[1..AesKeySchedule.Rounds];
        var fold = first ^ keys[AesKeySchedule.Rounds];
        var previous = Vector128.Create(iv);
        var current = blocks[0];
        var state = current ^ Vector128.Create(iv[AesIge.BlockBytes..]) ^ first;
        for (var i = 0; i < blocks.Length; i++)
        {
            var next = i + 1 < blocks.Length ? blocks[i + 1] : Vector128<byte>.Zero;
            var last = fold ^ previous ^ next;
            foreach (var key in middle)
                state = X86Aes.Decrypt(state, key);
            state = X86Aes.DecryptLast(state, last);
            blocks[i] = state ^ next ^ first;
            previous = current;
            current = next;
        }
    }
}
