using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace Fleet.MtProto.Crypto;

/// <summary>AES-256-IGE with the Armv8 cryptography extension.</summary>
/// <remarks>AESE and AESD add the round key before the substitution, so the last key is a plain XOR.</remarks>
static class AesIgeArm
{
    public static bool IsSupported => ArmAes.IsSupported;

    public readonly struct Steps : IAesSteps
    {
        public static Vector128<byte> Enter(Vector128<byte> cipher, Vector128<byte> previous, Vector128<byte> key) =>
            Round(cipher ^ previous, key);

        public static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> key) =>
            ArmAes.InverseMixColumns(ArmAes.Decrypt(state, key));

        public static Vector128<byte> Leave(Vector128<byte> state, Vector128<byte> key, Vector128<byte> last) =>
            ArmAes.Decrypt(state, key) ^ last;

        public static void Decrypt(Span<byte> data, ReadOnlySpan<uint> inverseSchedule, ReadOnlySpan<byte> iv) =>
            AesIgeArm.Decrypt(data, inverseSchedule, iv);
    }

    /// <summary>c[i] = E(p[i] ^ c[i-1]) ^ p[i-1], in place.</summary>
    public static void Encrypt(Span<byte> data, ReadOnlySpan<uint> schedule, ReadOnlySpan<byte> iv)
    {
        var keys = MemoryMarshal.Cast<uint, Vector128<byte>>(schedule);
        var beforeLast = keys[AesKeySchedule.Rounds - 1];
        var last = keys[AesKeySchedule.Rounds];
        var previousOut = Vector128.Create(iv);
        var previousIn = Vector128.Create(iv[AesIge.BlockBytes..]);
        foreach (ref var block in MemoryMarshal.Cast<byte, Vector128<byte>>(data))
        {
            var plain = block;
            var state = plain ^ previousOut;
            foreach (var key in keys[..(AesKeySchedule.Rounds - 1)])
                state = ArmAes.MixColumns(ArmAes.Encrypt(state, key));
            previousOut = ArmAes.Encrypt(state, beforeLast) ^ last ^ previousIn;
            previousIn = plain;
            block = previousOut;
        }
    }

    /// <summary>p[i] = D(c[i] ^ p[i-1]) ^ c[i-1], in place.</summary>
    public static void Decrypt(Span<byte> data, ReadOnlySpan<uint> inverseSchedule, ReadOnlySpan<byte> iv)
    {
        var keys = MemoryMarshal.Cast<uint, Vector128<byte>>(inverseSchedule);
        var beforeLast = keys[AesKeySchedule.Rounds - 1];
        var last = keys[AesKeySchedule.Rounds];
        var previousIn = Vector128.Create(iv);
        var previousOut = Vector128.Create(iv[AesIge.BlockBytes..]);
        foreach (ref var block in MemoryMarshal.Cast<byte, Vector128<byte>>(data))
        {
            var cipher = block;
            var state = cipher ^ previousOut;
            foreach (var key in keys[..(AesKeySchedule.Rounds - 1)])
                state = ArmAes.InverseMixColumns(ArmAes.Decrypt(state, key));
            previousOut = ArmAes.Decrypt(state, beforeLast) ^ last ^ previousIn;
            previousIn = cipher;
            block = previousOut;
        }
    }
}
