using System.Buffers.Binary;
using Fleet.Tl;

namespace Fleet.Fuzz;

/// <summary>The TL reader: bytes are refused, or an object that comes back from its own bytes.</summary>
sealed class ObjectTarget : FuzzTarget
{
    const int SamplesSeed = 5;

    public override string Name => "objects";

    public override int Share => 3500;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Hex("objects.hex"), .. Samples()];

    public override IReadOnlyList<byte[]> Words { get; } =
    [.. Samples().Select(s => s[..4]).DistinctBy(id => BitConverter.ToUInt32(id))];

    public override FuzzOutcome Run(byte[] input)
    {
        TlObject read;
        try
        {
            read = Read(input);
        }
        catch (TlException e)
        {
            return new FuzzOutcome(
                e.Reason.ToString(),
                input.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(input)
            );
        }
        byte[] written;
        try
        {
            written = Write(read);
        }
        catch (TlException e) when (e.Reason == TlFault.Inconsistent)
        {
            return new FuzzOutcome("read, not writable", read.ConstructorId);
        }
        // The first writing puts the form right (padding, unknown flags, broken text); after that nothing changes.
        if (!Write(Read(written)).AsSpan().SequenceEqual(written))
            throw new FuzzException($"0x{read.ConstructorId:x8} does not come back from its own bytes");
        return new FuzzOutcome("read", read.ConstructorId);
    }

    static TlObject Read(byte[] bytes)
    {
        var reader = new TlReader(bytes);
        var value = reader.ReadObject();
        reader.ExpectEnd();
        return value;
    }

    internal static byte[] Write(TlObject value)
    {
        using var writer = new TlWriter();
        value.Write(writer);
        return writer.WrittenSpan.ToArray();
    }

    static IEnumerable<byte[]> Samples()
    {
        var samples = new TlSamples(SamplesSeed);
        return TlSamples
            .Classes.SelectMany(t => new[] { Write(samples.Make(t, full: false)), Write(samples.Make(t, full: true)) })
            .Where(s => s.Length <= 2048);
    }
}
