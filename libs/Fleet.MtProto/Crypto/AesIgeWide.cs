using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fleet.MtProto.Crypto;

/// <summary>The steps of one AES-256 block decryption in a processor's own instructions.</summary>
interface IAesSteps
{
    /// <summary>Adds the block before it and the first key, with whatever of the first round the instruction does.</summary>
    static abstract Vector128<byte> Enter(Vector128<byte> cipher, Vector128<byte> previous, Vector128<byte> key);

    static abstract Vector128<byte> Round(Vector128<byte> state, Vector128<byte> key);

    /// <summary>The last two keys.</summary>
    static abstract Vector128<byte> Leave(Vector128<byte> state, Vector128<byte> key, Vector128<byte> last);

    /// <summary>One whole stream alone, to its end.</summary>
    static abstract void Decrypt(Span<byte> data, ReadOnlySpan<uint> inverseSchedule, ReadOnlySpan<byte> iv);
}

/// <summary>AES-256-IGE decryption of several streams at once.</summary>
/// <remarks>
/// Within a stream a block waits for the one before it, and an AES instruction takes four cycles or so while another
/// could begin in each of them. Streams do not wait for one another, so two or four fill those cycles.
/// </remarks>
static class AesIgeWide
{
    /// <summary>Decrypts one to four streams of any lengths: the part they have in common together, then the part that
    /// the longer ones have in common, and so on.</summary>
    /// <param name="messages">Whole blocks each, decrypted in place.</param>
    /// <param name="inverseSchedules">The round keys of each, one after another.</param>
    /// <param name="chains">The IV of each, one after another; overwritten.</param>
    public static void Decrypt<TAes>(
        ReadOnlySpan<Memory<byte>> messages,
        ReadOnlySpan<uint> inverseSchedules,
        Span<byte> chains
    )
        where TAes : struct, IAesSteps
    {
        Span<int> active = stackalloc int[messages.Length];
        var done = 0;
        while (true)
        {
            var (count, end) = (0, int.MaxValue);
            for (var i = 0; i < messages.Length; i++)
            {
                if (messages[i].Length <= done)
                    continue;
                active[count++] = i;
                end = Math.Min(end, messages[i].Length);
            }
            if (count == 0)
                return;
            // Three run as four, the last of them twice over the same bytes.
            var last = active[count - 1];
            var a = Stream(messages, inverseSchedules, chains, active[0], done, end);
            var z = Stream(messages, inverseSchedules, chains, last, done, end);
            if (count == 1)
            {
                TAes.Decrypt(a.Data, a.InverseSchedule, a.Chain);
            }
            else if (count == 2)
            {
                DecryptTwo<TAes>(a, z);
            }
            else
            {
                var b = Stream(messages, inverseSchedules, chains, active[1], done, end);
                var c = Stream(messages, inverseSchedules, chains, active[2], done, end);
                DecryptFour<TAes>(a, b, c, z);
            }
            done = end;
        }
    }

    static IgeStream Stream(
        ReadOnlySpan<Memory<byte>> messages,
        ReadOnlySpan<uint> inverseSchedules,
        Span<byte> chains,
        int index,
        int start,
        int end
    ) =>
        new(
            messages[index].Span[start..end],
            inverseSchedules.Slice(index * AesKeySchedule.Words, AesKeySchedule.Words),
            chains.Slice(index * AesIge.IvBytes, AesIge.IvBytes)
        );

    /// <summary>Decrypts two streams of one length and moves their chains on.</summary>
    static void DecryptTwo<TAes>(IgeStream a, IgeStream b)
        where TAes : struct, IAesSteps
    {
        var blocks = CommonLength(a, b);
        ref var keysA = ref MemoryMarshal.GetReference(a.Keys);
        ref var keysB = ref MemoryMarshal.GetReference(b.Keys);
        ref var dataA = ref MemoryMarshal.GetReference(a.Blocks);
        ref var dataB = ref MemoryMarshal.GetReference(b.Blocks);
        var (inA, outA) = (a.ChainBlocks[0], a.ChainBlocks[1]);
        var (inB, outB) = (b.ChainBlocks[0], b.ChainBlocks[1]);
        for (nint i = 0; i < blocks; i++)
        {
            var stateA = TAes.Enter(Unsafe.Add(ref dataA, i), outA, keysA);
            var stateB = TAes.Enter(Unsafe.Add(ref dataB, i), outB, keysB);
            for (nint round = 1; round < AesKeySchedule.Rounds - 1; round++)
            {
                stateA = TAes.Round(stateA, Unsafe.Add(ref keysA, round));
                stateB = TAes.Round(stateB, Unsafe.Add(ref keysB, round));
            }
            outA = Leave<TAes>(stateA, ref keysA, inA);
            outB = Leave<TAes>(stateB, ref keysB, inB);
            inA = Unsafe.Add(ref dataA, i);
            inB = Unsafe.Add(ref dataB, i);
            Unsafe.Add(ref dataA, i) = outA;
            Unsafe.Add(ref dataB, i) = outB;
        }
        (a.ChainBlocks[0], a.ChainBlocks[1]) = (inA, outA);
        (b.ChainBlocks[0], b.ChainBlocks[1]) = (inB, outB);
    }

    /// <summary>Decrypts four streams of one length and moves their chains on.</summary>
    /// <remarks>All four blocks are read before one is written, so the same stream may be given twice.</remarks>
    static void DecryptFour<TAes>(IgeStream a, IgeStream b, IgeStream c, IgeStream d)
        where TAes : struct, IAesSteps
    {
        var blocks = Math.Min(CommonLength(a, b), CommonLength(c, d));
        ref var keysA = ref MemoryMarshal.GetReference(a.Keys);
        ref var keysB = ref MemoryMarshal.GetReference(b.Keys);
        ref var keysC = ref MemoryMarshal.GetReference(c.Keys);
        ref var keysD = ref MemoryMarshal.GetReference(d.Keys);
        ref var dataA = ref MemoryMarshal.GetReference(a.Blocks);
        ref var dataB = ref MemoryMarshal.GetReference(b.Blocks);
        ref var dataC = ref MemoryMarshal.GetReference(c.Blocks);
        ref var dataD = ref MemoryMarshal.GetReference(d.Blocks);
        var (inA, outA) = (a.ChainBlocks[0], a.ChainBlocks[1]);
        var (inB, outB) = (b.ChainBlocks[0], b.ChainBlocks[1]);
        var (inC, outC) = (c.ChainBlocks[0], c.ChainBlocks[1]);
        var (inD, outD) = (d.ChainBlocks[0], d.ChainBlocks[1]);
        for (nint i = 0; i < blocks; i++)
        {
            var stateA = TAes.Enter(Unsafe.Add(ref dataA, i), outA, keysA);
            var stateB = TAes.Enter(Unsafe.Add(ref dataB, i), outB, keysB);
            var stateC = TAes.Enter(Unsafe.Add(ref dataC, i), outC, keysC);
            var stateD = TAes.Enter(Unsafe.Add(ref dataD, i), outD, keysD);
            for (nint round = 1; round < AesKeySchedule.Rounds - 1; round++)
            {
                stateA = TAes.Round(stateA, Unsafe.Add(ref keysA, round));
                stateB = TAes.Round(stateB, Unsafe.Add(ref keysB, round));
                stateC = TAes.Round(stateC, Unsafe.Add(ref keysC, round));
                stateD = TAes.Round(stateD, Unsafe.Add(ref keysD, round));
            }
            outA = Leave<TAes>(stateA, ref keysA, inA);
            outB = Leave<TAes>(stateB, ref keysB, inB);
            outC = Leave<TAes>(stateC, ref keysC, inC);
            outD = Leave<TAes>(stateD, ref keysD, inD);
            inA = Unsafe.Add(ref dataA, i);
            inB = Unsafe.Add(ref dataB, i);
            inC = Unsafe.Add(ref dataC, i);
            inD = Unsafe.Add(ref dataD, i);
            Unsafe.Add(ref dataA, i) = outA;
            Unsafe.Add(ref dataB, i) = outB;
            Unsafe.Add(ref dataC, i) = outC;
            Unsafe.Add(ref dataD, i) = outD;
        }
        (a.ChainBlocks[0], a.ChainBlocks[1]) = (inA, outA);
        (b.ChainBlocks[0], b.ChainBlocks[1]) = (inB, outB);
        (c.ChainBlocks[0], c.ChainBlocks[1]) = (inC, outC);
        (d.ChainBlocks[0], d.ChainBlocks[1]) = (inD, outD);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> Leave<TAes>(Vector128<byte> state, ref Vector128<byte> keys, Vector128<byte> previousIn)
        where TAes : struct, IAesSteps =>
        TAes.Leave(
            state,
            Unsafe.Add(ref keys, AesKeySchedule.Rounds - 1),
            Unsafe.Add(ref keys, AesKeySchedule.Rounds) ^ previousIn
        );

    // What the loops, which check nothing, rely on.
    static int CommonLength(IgeStream a, IgeStream b)
    {
        if (a.Keys.Length != AesKeySchedule.Rounds + 1 || b.Keys.Length != AesKeySchedule.Rounds + 1)
            throw new InvalidOperationException("A stream without its whole key schedule.");
        return Math.Min(a.Blocks.Length, b.Blocks.Length);
    }
}
