using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Fleet.Emulator.Crypto;

/// <summary>
/// AES-256 in infinite garble extension (IGE) mode, as MTProto uses it: 32-byte key, 32-byte IV whose first half is the
/// "previous ciphertext" and whose second half is the "previous plaintext" of the first block.
/// Server side only; written apart from the client library, so that one mistake cannot hide in both.
/// </summary>
/// <remarks>https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector</remarks>
static class Ige
{
    public const int BlockBytes = 16;

    /// <summary>Most messages that <see cref="EncryptTogether"/> works on at once.</summary>
    public const int MaxLanes = 4;

    public static void Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        CheckLengths(key, iv, data);
        if (AesNi.IsSupported)
        {
            var lane = new Lane(key, iv);
            lane.EncryptBlocks(data, 0, data.Length / BlockBytes);
            return;
        }
        EncryptPortable(key, iv, data);
    }

    public static void Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        CheckLengths(key, iv, data);
        if (AesNi.IsSupported)
        {
            var lane = new Lane(key, iv);
            lane.DecryptBlocks(data);
            return;
        }
        DecryptPortable(key, iv, data);
    }

    /// <summary>
    /// Encrypts up to four independent messages in place. IGE encryption of one message is one long dependency chain,
    /// so the processor's AES unit idles; several chains side by side fill it.
    /// </summary>
    public static void EncryptTogether(ReadOnlySpan<IgeJob> jobs)
    {
        if (!AesNi.IsSupported)
        {
            foreach (var job in jobs)
                Encrypt(job.Key.Span, job.Iv.Span, job.Data.Span);
            return;
        }
        Span<Lane> lanes = stackalloc Lane[MaxLanes];
        for (var i = 0; i < jobs.Length; i++)
            lanes[i] = new Lane(jobs[i].Key.Span, jobs[i].Iv.Span);
        var together = jobs.Length switch
        {
            1 => 0,
            var count => count,
        };
        var shortest = ShortestOf(jobs[..together]);
        if (together == MaxLanes)
            EncryptFour(lanes, jobs, shortest);
        else if (together == 3)
            EncryptThree(lanes, jobs, shortest);
        else if (together == 2)
            EncryptTwo(lanes, jobs, shortest);
        for (var i = 0; i < jobs.Length; i++)
        {
            var data = jobs[i].Data.Span;
            lanes[i].EncryptBlocks(data, i < together ? shortest : 0, data.Length / BlockBytes);
        }
    }

    static int ShortestOf(ReadOnlySpan<IgeJob> jobs)
    {
        var blocks = int.MaxValue;
        foreach (var job in jobs)
            blocks = Math.Min(blocks, job.Data.Length / BlockBytes);
        return blocks;
    }

    static void EncryptTwo(Span<Lane> lanes, ReadOnlySpan<IgeJob> jobs, int blocks)
    {
        ref var a = ref lanes[0];
        ref var b = ref lanes[1];
        var dataA = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[0].Data.Span)[..blocks];
        var dataB = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[1].Data.Span)[..blocks];
        for (var i = 0; i < blocks; i++)
        {
            var (plainA, plainB) = (dataA[i], dataB[i]);
            var xa = plainA ^ a.Cipher ^ a.Keys[0];
            var xb = plainB ^ b.Cipher ^ b.Keys[0];
            for (var round = 1; round < KeySchedule.Rounds; round++)
            {
                xa = AesNi.Encrypt(xa, a.Keys[round]);
                xb = AesNi.Encrypt(xb, b.Keys[round]);
            }
            dataA[i] = a.Cipher = AesNi.EncryptLast(xa, a.Keys[KeySchedule.Rounds]) ^ a.Plain;
            dataB[i] = b.Cipher = AesNi.EncryptLast(xb, b.Keys[KeySchedule.Rounds]) ^ b.Plain;
            (a.Plain, b.Plain) = (plainA, plainB);
        }
    }

    static void EncryptThree(Span<Lane> lanes, ReadOnlySpan<IgeJob> jobs, int blocks)
    {
        ref var a = ref lanes[0];
        ref var b = ref lanes[1];
        ref var c = ref lanes[2];
        var dataA = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[0].Data.Span)[..blocks];
        var dataB = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[1].Data.Span)[..blocks];
        var dataC = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[2].Data.Span)[..blocks];
        for (var i = 0; i < blocks; i++)
        {
            var (plainA, plainB, plainC) = (dataA[i], dataB[i], dataC[i]);
            var xa = plainA ^ a.Cipher ^ a.Keys[0];
            var xb = plainB ^ b.Cipher ^ b.Keys[0];
            var xc = plainC ^ c.Cipher ^ c.Keys[0];
            for (var round = 1; round < KeySchedule.Rounds; round++)
            {
                xa = AesNi.Encrypt(xa, a.Keys[round]);
                xb = AesNi.Encrypt(xb, b.Keys[round]);
                xc = AesNi.Encrypt(xc, c.Keys[round]);
            }
            dataA[i] = a.Cipher = AesNi.EncryptLast(xa, a.Keys[KeySchedule.Rounds]) ^ a.Plain;
            dataB[i] = b.Cipher = AesNi.EncryptLast(xb, b.Keys[KeySchedule.Rounds]) ^ b.Plain;
            dataC[i] = c.Cipher = AesNi.EncryptLast(xc, c.Keys[KeySchedule.Rounds]) ^ c.Plain;
            (a.Plain, b.Plain, c.Plain) = (plainA, plainB, plainC);
        }
    }

    static void EncryptFour(Span<Lane> lanes, ReadOnlySpan<IgeJob> jobs, int blocks)
    {
        ref var a = ref lanes[0];
        ref var b = ref lanes[1];
        ref var c = ref lanes[2];
        ref var d = ref lanes[3];
        var dataA = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[0].Data.Span)[..blocks];
        var dataB = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[1].Data.Span)[..blocks];
        var dataC = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[2].Data.Span)[..blocks];
        var dataD = MemoryMarshal.Cast<byte, Vector128<byte>>(jobs[3].Data.Span)[..blocks];
        for (var i = 0; i < blocks; i++)
        {
            var (plainA, plainB, plainC, plainD) = (dataA[i], dataB[i], dataC[i], dataD[i]);
            var xa = plainA ^ a.Cipher ^ a.Keys[0];
            var xb = plainB ^ b.Cipher ^ b.Keys[0];
            var xc = plainC ^ c.Cipher ^ c.Keys[0];
            var xd = plainD ^ d.Cipher ^ d.Keys[0];
            for (var round = 1; round < KeySchedule.Rounds; round++)
            {
                xa = AesNi.Encrypt(xa, a.Keys[round]);
                xb = AesNi.Encrypt(xb, b.Keys[round]);
                xc = AesNi.Encrypt(xc, c.Keys[round]);
                xd = AesNi.Encrypt(xd, d.Keys[round]);
            }
            dataA[i] = a.Cipher = AesNi.EncryptLast(xa, a.Keys[KeySchedule.Rounds]) ^ a.Plain;
            dataB[i] = b.Cipher = AesNi.EncryptLast(xb, b.Keys[KeySchedule.Rounds]) ^ b.Plain;
            dataC[i] = c.Cipher = AesNi.EncryptLast(xc, c.Keys[KeySchedule.Rounds]) ^ c.Plain;
            dataD[i] = d.Cipher = AesNi.EncryptLast(xd, d.Keys[KeySchedule.Rounds]) ^ d.Plain;
            (a.Plain, b.Plain, c.Plain, d.Plain) = (plainA, plainB, plainC, plainD);
        }
    }

    /// <summary>The same by the platform's one-block AES: correct everywhere, about 60 MB/s.</summary>
    internal static void EncryptPortable(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(data);
        var cipher = Vector128.Create(iv[..BlockBytes]);
        var plain = Vector128.Create(iv[BlockBytes..]);
        Span<byte> block = stackalloc byte[BlockBytes];
        foreach (ref var current in blocks)
        {
            var original = current;
            (original ^ cipher).CopyTo(block);
            aes.EncryptEcb(block, block, PaddingMode.None);
            current = cipher = Vector128.Create<byte>(block) ^ plain;
            plain = original;
        }
    }

    internal static void DecryptPortable(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(data);
        var cipher = Vector128.Create(iv[..BlockBytes]);
        var plain = Vector128.Create(iv[BlockBytes..]);
        Span<byte> block = stackalloc byte[BlockBytes];
        foreach (ref var current in blocks)
        {
            var original = current;
            (original ^ plain).CopyTo(block);
            aes.DecryptEcb(block, block, PaddingMode.None);
            current = plain = Vector128.Create<byte>(block) ^ cipher;
            cipher = original;
        }
    }

    static void CheckLengths(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data)
    {
        if (key.Length != 32 || iv.Length != 32 || data.Length % BlockBytes != 0)
            throw new ArgumentException($"Key {key.Length}, IV {iv.Length}, data {data.Length} bytes.", nameof(data));
    }

    /// <summary>One message under way: its round keys and the two chained blocks.</summary>
    [StructLayout(LayoutKind.Auto)]
    struct Lane
    {
        public RoundKeys Keys;
        public Vector128<byte> Cipher;
        public Vector128<byte> Plain;

        public Lane(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
        {
            KeySchedule.Expand(key, ref Keys);
            Cipher = Vector128.Create(iv[..BlockBytes]);
            Plain = Vector128.Create(iv[BlockBytes..]);
        }

        public void EncryptBlocks(Span<byte> data, int from, int to)
        {
            var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(data)[from..to];
            foreach (ref var current in blocks)
            {
                var original = current;
                var x = original ^ Cipher ^ Keys[0];
                for (var round = 1; round < KeySchedule.Rounds; round++)
                    x = AesNi.Encrypt(x, Keys[round]);
                current = Cipher = AesNi.EncryptLast(x, Keys[KeySchedule.Rounds]) ^ Plain;
                Plain = original;
            }
        }

        public void DecryptBlocks(Span<byte> data)
        {
            Span<Vector128<byte>> inverse = stackalloc Vector128<byte>[KeySchedule.Rounds + 1];
            for (var round = 0; round <= KeySchedule.Rounds; round++)
                inverse[round] = round is 0 or KeySchedule.Rounds ? Keys[round] : AesNi.InverseMixColumns(Keys[round]);
            foreach (ref var current in MemoryMarshal.Cast<byte, Vector128<byte>>(data))
            {
                var original = current;
                var x = original ^ Plain ^ inverse[KeySchedule.Rounds];
                for (var round = KeySchedule.Rounds - 1; round > 0; round--)
                    x = AesNi.Decrypt(x, inverse[round]);
                current = Plain = AesNi.DecryptLast(x, inverse[0]) ^ Cipher;
                Cipher = original;
            }
        }
    }

    [InlineArray(KeySchedule.Rounds + 1)]
    internal struct RoundKeys
    {
        Vector128<byte> _first;
    }

    /// <summary>FIPS 197 key expansion for 256-bit keys.</summary>
    internal static class KeySchedule
    {
        public const int Rounds = 14;

        public static void Expand(ReadOnlySpan<byte> key, ref RoundKeys keys)
        {
            keys[0] = Vector128.Create(key[..16]);
            keys[1] = Vector128.Create(key[16..]);
            Pair(ref keys, 2, 0x01);
            Pair(ref keys, 4, 0x02);
            Pair(ref keys, 6, 0x04);
            Pair(ref keys, 8, 0x08);
            Pair(ref keys, 10, 0x10);
            Pair(ref keys, 12, 0x20);
            keys[14] = Mix(keys[12], AesNi.KeygenAssist(keys[13], 0x40), 3);
        }

        static void Pair(ref RoundKeys keys, int at, byte constant)
        {
            // KeygenAssist wants its round constant as an immediate for speed; the switch below keeps it one.
            var assist = constant switch
            {
                0x01 => AesNi.KeygenAssist(keys[at - 1], 0x01),
                0x02 => AesNi.KeygenAssist(keys[at - 1], 0x02),
                0x04 => AesNi.KeygenAssist(keys[at - 1], 0x04),
                0x08 => AesNi.KeygenAssist(keys[at - 1], 0x08),
                0x10 => AesNi.KeygenAssist(keys[at - 1], 0x10),
                _ => AesNi.KeygenAssist(keys[at - 1], 0x20),
            };
            keys[at] = Mix(keys[at - 2], assist, 3);
            keys[at + 1] = Mix(keys[at - 1], AesNi.KeygenAssist(keys[at], 0x00), 2);
        }

        static Vector128<byte> Mix(Vector128<byte> previous, Vector128<byte> assist, int word)
        {
            var words = previous.AsUInt32();
            var add = assist.AsUInt32()[word];
            var w0 = words[0] ^ add;
            var w1 = words[1] ^ w0;
            var w2 = words[2] ^ w1;
            return Vector128.Create(w0, w1, w2, words[3] ^ w2).AsByte();
        }
    }
}

/// <summary>One message for <see cref="Ige.EncryptTogether"/>: key and IV of 32 bytes, data a multiple of 16 bytes, changed in place.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct IgeJob(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Iv, Memory<byte> Data);
