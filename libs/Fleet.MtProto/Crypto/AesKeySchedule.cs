using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Fleet.MtProto.Crypto;

/// <summary>AES-256 key expansion and the tables of the portable cipher (FIPS 197).</summary>
/// <remarks>Words hold their bytes in little-endian order, so that on x86 and Arm the memory of a schedule is the
/// round keys themselves.</remarks>
static class AesKeySchedule
{
    public const int Rounds = 14;
    public const int Words = 4 * (Rounds + 1);
    const int KeyWords = 8;

    public static readonly byte[] SBox = BuildSBox();
    public static readonly byte[] InverseSBox = Invert(SBox);

    /// <summary>SubBytes and MixColumns of one byte in the first row; the other rows are rotations of it.</summary>
    public static readonly uint[] EncryptTable = BuildTable(SBox, 2, 1, 1, 3);

    /// <summary>InvSubBytes and InvMixColumns of one byte in the first row.</summary>
    public static readonly uint[] DecryptTable = BuildTable(InverseSBox, 14, 9, 13, 11);

    /// <summary>Fills <paramref name="words"/> (60) with the encryption round keys of a 32-byte key.</summary>
    /// <remarks>With AES instructions no table is indexed by a key, so the time says nothing about it.</remarks>
    public static void Expand(ReadOnlySpan<byte> key, Span<uint> words, bool hardware)
    {
        for (var i = 0; i < KeyWords; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);

        var roundConstant = 1u;
        for (var i = KeyWords; i < Words; i++)
        {
            var word = words[i - 1];
            if (i % KeyWords == 0)
            {
                word = SubWord(BitOperations.RotateRight(word, 8), hardware) ^ roundConstant;
                roundConstant <<= 1;
            }
            else if (i % KeyWords == 4)
            {
                word = SubWord(word, hardware);
            }
            words[i] = words[i - KeyWords] ^ word;
        }
    }

    /// <summary>Turns encryption round keys into those of the equivalent inverse cipher, in place.</summary>
    public static void Invert(Span<uint> words, bool hardware)
    {
        for (int low = 0, high = Words - 4; low < high; low += 4, high -= 4)
        {
            for (var i = 0; i < 4; i++)
                (words[low + i], words[high + i]) = (words[high + i], words[low + i]);
        }
        if (hardware)
        {
            foreach (ref var key in MemoryMarshal.Cast<uint, Vector128<byte>>(words[4..^4]))
                key = X86Aes.IsSupported ? X86Aes.InverseMixColumns(key) : ArmAes.InverseMixColumns(key);
            return;
        }
        foreach (ref var word in words[4..^4])
            word = InverseMixColumn(word);
    }

    // Arm has no instruction for it, but a round with a zero key does the same to four equal columns.
    static uint SubWord(uint word, bool hardware) =>
        !hardware ? SubWord(word)
        : X86Aes.IsSupported ? X86Aes.KeygenAssist(Vector128.Create(0, word, 0, 0).AsByte(), 0).AsUInt32().ToScalar()
        : ArmAes.Encrypt(Vector128.Create(word).AsByte(), Vector128<byte>.Zero).AsUInt32().ToScalar();

    static uint SubWord(uint word) =>
        SBox[(byte)word]
        | ((uint)SBox[(byte)(word >> 8)] << 8)
        | ((uint)SBox[(byte)(word >> 16)] << 16)
        | ((uint)SBox[word >> 24] << 24);

    // DecryptTable applies the inverse S-box first; the forward one cancels it.
    static uint InverseMixColumn(uint word) =>
        DecryptTable[SBox[(byte)word]]
        ^ BitOperations.RotateLeft(DecryptTable[SBox[(byte)(word >> 8)]], 8)
        ^ BitOperations.RotateLeft(DecryptTable[SBox[(byte)(word >> 16)]], 16)
        ^ BitOperations.RotateLeft(DecryptTable[SBox[word >> 24]], 24);

    // Walks the field by the generator 3 (p) and its inverse (q), so that q is always 1/p.
    static byte[] BuildSBox()
    {
        var box = new byte[256];
        byte p = 1;
        byte q = 1;
        do
        {
            p = (byte)(p ^ Double(p));
            q ^= (byte)(q << 1);
            q ^= (byte)(q << 2);
            q ^= (byte)(q << 4);
            if ((q & 0x80) != 0)
                q ^= 0x09;
            box[p] = (byte)(q ^ Rotate(q, 1) ^ Rotate(q, 2) ^ Rotate(q, 3) ^ Rotate(q, 4) ^ 0x63);
        } while (p != 1);
        box[0] = 0x63;
        return box;
    }

    static byte[] Invert(byte[] box)
    {
        var inverse = new byte[256];
        for (var i = 0; i < 256; i++)
            inverse[box[i]] = (byte)i;
        return inverse;
    }

    static uint[] BuildTable(byte[] box, byte a, byte b, byte c, byte d)
    {
        var table = new uint[256];
        for (var i = 0; i < 256; i++)
        {
            var s = box[i];
            table[i] =
                Multiply(s, a)
                | ((uint)Multiply(s, b) << 8)
                | ((uint)Multiply(s, c) << 16)
                | ((uint)Multiply(s, d) << 24);
        }
        return table;
    }

    static byte Rotate(byte value, int bits) => (byte)((value << bits) | (value >> (8 - bits)));

    static byte Double(byte value) => (byte)((value << 1) ^ ((value & 0x80) == 0 ? 0 : 0x1B));

    static byte Multiply(byte value, byte factor)
    {
        byte product = 0;
        for (; factor != 0; factor >>= 1, value = Double(value))
        {
            if ((factor & 1) != 0)
                product ^= value;
        }
        return product;
    }
}
