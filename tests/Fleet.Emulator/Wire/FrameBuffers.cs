using System.Collections.Concurrent;

namespace Fleet.Emulator.Wire;

/// <summary>
/// Buffers for one outgoing frame of a 1 MiB part. The shared array pool would round each up to 2 MiB. Keeps at most
/// <see cref="MaxKept"/>, the rest goes to the collector.
/// </summary>
static class FrameBuffers
{
    /// <summary>Head room, header, a full part, padding and tail room.</summary>
    public const int Bytes = (1 << 20) + 4096;

    const int MaxKept = 32;
    static readonly ConcurrentQueue<byte[]> Kept = new();

    public static byte[] Rent() =>
        Kept.TryDequeue(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(Bytes);

    public static void Return(byte[] buffer)
    {
        if (Kept.Count < MaxKept)
            Kept.Enqueue(buffer);
    }
}
