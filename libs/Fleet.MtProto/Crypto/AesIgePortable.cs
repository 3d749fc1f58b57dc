using System.Numerics;
using System.Runtime.InteropServices;

namespace Fleet.MtProto.Crypto;

/// <summary>AES-256-IGE in plain C#, for processors without AES instructions.</summary>
/// <remarks>Looks bytes up in tables, so its timing depends on the data; the hardware paths' does not.</remarks>
static class AesIgePortable
{
    public static void Encrypt(Span<byte> data, ReadOnlySpan<uint> keys, ReadOnlySpan<byte> iv)
    {
        var previousOut = Block.Load(iv);
        var previousIn = Block.Load(iv[AesIge.BlockBytes..]);
        for (; !data.IsEmpty; data = data[AesIge.BlockBytes..])
        {
            var plain = Block.Load(data);
            previousOut = EncryptBlock(plain ^ previousOut, keys) ^ previousIn;
            previousIn = plain;
            previousOut.Store(data);
        }
    }

    public static void Decrypt(Span<byte> data, ReadOnlySpan<uint> inverseKeys, ReadOnlySpan<byte> iv)
    {
        var previousIn = Block.Load(iv);
        var previousOut = Block.Load(iv[AesIge.BlockBytes..]);
        for (; !data.IsEmpty; data = data[AesIge.BlockBytes..])
        {
            var cipher = Block.Load(data);
            previousOut = DecryptBlock(cipher ^ previousOut, inverseKeys) ^ previousIn;
            previousIn = cipher;
            previousOut.Store(data);
        }
    }

    static Block EncryptBlock(Block state, ReadOnlySpan<uint> keys)
    {
        var table = AesKeySchedule.EncryptTable;
        state ^= Block.Key(keys, 0);
        for (var round = 1; round < AesKeySchedule.Rounds; round++)
        {
            state =
                new Block(
                    Mix(table, state.A, state.B, state.C, state.D),
                    Mix(table, state.B, state.C, state.D, state.A),
                    Mix(table, state.C, state.D, state.A, state.B),
                    Mix(table, state.D, state.A, state.B, state.C)
                ) ^ Block.Key(keys, round);
        }
        var box = AesKeySchedule.SBox;
        return new Block(
                Substitute(box, state.A, state.B, state.C, state.D),
                Substitute(box, state.B, state.C, state.D, state.A),
                Substitute(box, state.C, state.D, state.A, state.B),
                Substitute(box, state.D, state.A, state.B, state.C)
            ) ^ Block.Key(keys, AesKeySchedule.Rounds);
    }

    static Block DecryptBlock(Block state, ReadOnlySpan<uint> keys)
    {
        var table = AesKeySchedule.DecryptTable;
        state ^= Block.Key(keys, 0);
        for (var round = 1; round < AesKeySchedule.Rounds; round++)
        {
            state =
                new Block(
                    Mix(table, state.A, state.D, state.C, state.B),
                    Mix(table, state.B, state.A, state.D, state.C),
                    Mix(table, state.C, state.B, state.A, state.D),
                    Mix(table, state.D, state.C, state.B, state.A)
                ) ^ Block.Key(keys, round);
        }
        var box = AesKeySchedule.InverseSBox;
        return new Block(
                Substitute(box, state.A, state.D, state.C, state.B),
                Substitute(box, state.B, state.A, state.D, state.C),
                Substitute(box, state.C, state.B, state.A, state.D),
                Substitute(box, state.D, state.C, state.B, state.A)
            ) ^ Block.Key(keys, AesKeySchedule.Rounds);
    }

    // One output column: row r takes byte r of the r-th argument (ShiftRows), substituted and mixed by the table.
    static uint Mix(uint[] table, uint row0, uint row1, uint row2, uint row3) =>
        table[(byte)row0]
        ^ BitOperations.RotateLeft(table[(byte)(row1 >> 8)], 8)
        ^ BitOperations.RotateLeft(table[(byte)(row2 >> 16)], 16)
        ^ BitOperations.RotateLeft(table[row3 >> 24], 24);

    static uint Substitute(byte[] box, uint row0, uint row1, uint row2, uint row3) =>
        box[(byte)row0]
        | ((uint)box[(byte)(row1 >> 8)] << 8)
        | ((uint)box[(byte)(row2 >> 16)] << 16)
        | ((uint)box[row3 >> 24] << 24);

    /// <summary>The state: four columns.</summary>
    [StructLayout(LayoutKind.Sequential)]
    readonly record struct Block(uint A, uint B, uint C, uint D)
    {
        public static Block Load(ReadOnlySpan<byte> source) =>
            new(
                BinaryPrimitives.ReadUInt32LittleEndian(source),
                BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(source[12..])
            );

        public static Block Key(ReadOnlySpan<uint> keys, int round)
        {
            var words = keys.Slice(4 * round, 4);
            return new(words[0], words[1], words[2], words[3]);
        }

        public void Store(Span<byte> destination)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, A);
            BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], B);
            BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], C);
            BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], D);
        }

        public static Block operator ^(Block left, Block right) =>
            new(left.A ^ right.A, left.B ^ right.B, left.C ^ right.C, left.D ^ right.D);
    }
}
