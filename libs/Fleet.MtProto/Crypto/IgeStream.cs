using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fleet.MtProto.Crypto;

/// <summary>One ciphertext on its way to plaintext: what is left of it, its keys and where its chain stands.</summary>
/// <param name="data">Whole blocks, decrypted in place.</param>
/// <param name="inverseSchedule"><see cref="AesKeySchedule.Words"/> words of the equivalent inverse cipher.</param>
/// <param name="chain">The ciphertext block and the plaintext block before the data: the IV, and in turn what the next
/// piece of the same stream needs as its IV.</param>
readonly ref struct IgeStream(Span<byte> data, ReadOnlySpan<uint> inverseSchedule, Span<byte> chain)
{
    public Span<byte> Data { get; } = data;

    public ReadOnlySpan<uint> InverseSchedule { get; } = inverseSchedule;

    public Span<byte> Chain { get; } = chain;

    public Span<Vector128<byte>> Blocks => MemoryMarshal.Cast<byte, Vector128<byte>>(Data);

    public ReadOnlySpan<Vector128<byte>> Keys => MemoryMarshal.Cast<uint, Vector128<byte>>(InverseSchedule);

    public Span<Vector128<byte>> ChainBlocks => MemoryMarshal.Cast<byte, Vector128<byte>>(Chain);
}
