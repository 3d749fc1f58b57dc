using Fleet.MtProto;

namespace Fleet.UnitTests.MtProto;

static class Sinks
{
    /// <summary>Takes nothing.</summary>
    public sealed class Discard : IReplySink
    {
        public int OnReply(ReadOnlySpan<byte> reply) => 0;
    }
}
