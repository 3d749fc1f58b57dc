using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.MtProto.Transport;

namespace Fleet.Fuzz;

/// <summary>
/// What stands between us and a data centre: the answers of a SOCKS5 proxy, the greeting of a fake TLS one, and its records.
/// However the bytes are cut into pieces, they lead to the same. The first byte of the input says which it is.
/// </summary>
sealed class WireTarget : FuzzTarget
{
    const byte Socks = 0;
    const byte Greeting = 1;
    const byte Records = 2;
    const int Ways = 3;

    static readonly byte[] Key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    static readonly Socks5Proxy Proxy = Socks5Proxy.Create("127.0.0.1", 1080, "user", "password");

    public override string Name => "wires";

    public override int Share => 1000;

    public override int MaxInputBytes => 512;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Hex("wires.hex"), RightGreeting()];

    public override FuzzOutcome Run(byte[] input)
    {
        if (input.Length == 0)
            return new FuzzOutcome("empty");
        var way = (byte)(input[0] % Ways);
        var bytes = input[1..];
        var (outcome, read) = Run(way, new MemoryWire(bytes, int.MaxValue));
        var (again, readAgain) = Run(way, new MemoryWire(bytes, 1));
        return outcome == again && read.AsSpan().SequenceEqual(readAgain)
            ? outcome
            : throw new FuzzException($"{outcome} in one piece, {again} byte by byte");
    }

#pragma warning disable VSTHRD002 // a wire in memory never waits
    static (FuzzOutcome Outcome, byte[] Read) Run(byte way, MemoryWire wire)
    {
        try
        {
            switch (way)
            {
                case Socks:
                    Socks5.AskAsync(wire, Proxy, "149.154.167.51", 443).GetAwaiter().GetResult();
                    return (new FuzzOutcome("connected"), [(byte)wire.Left]);
                case Greeting:
                    Greet(wire);
                    return (new FuzzOutcome("greeted"), []);
                default:
                    return (new FuzzOutcome("read"), ReadAll(new FakeTlsWire(wire)));
            }
        }
        catch (ProxyException e)
        {
            return (new FuzzOutcome(e.Fault.ToString()), []);
        }
        catch (ProtocolViolationException e)
        {
            return (new FuzzOutcome(e.Violation.ToString()), []);
        }
    }

    static void Greet(MemoryWire wire) =>
        FakeTls
            .GreetAsync(wire, Key, "www.example.org", new StoppedClock(), new FuzzRandom().Fill)
            .GetAwaiter()
            .GetResult();

    static byte[] ReadAll(FakeTlsWire wire)
    {
        var (all, piece) = (new List<byte>(), new byte[64]);
        while (wire.ReceiveAsync(piece).AsTask().GetAwaiter().GetResult() is var read and > 0)
            all.AddRange(piece.AsSpan(0, read));
        return [.. all];
    }
#pragma warning restore VSTHRD002

    /// <summary>The shortest answer that proves the secret to the client that draws the fuzzer's numbers.</summary>
    static byte[] RightGreeting()
    {
        const int RandomOffset = 11;
        const int RandomBytes = 32;
        var silent = new MemoryWire([], 1);
        try
        {
            Greet(silent);
        }
        catch (ProxyException)
        {
            // It had nothing to say; what the client sent is all that is wanted.
        }
        byte[] answer = [0x16, 3, 3, 0, 38, .. new byte[38], 0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 1, 0];
        byte[] proved = [.. silent.Sent.Skip(RandomOffset).Take(RandomBytes), .. answer];
        HMACSHA256.HashData(Key, proved).CopyTo(answer, RandomOffset);
        return [Greeting, .. answer];
    }

    sealed class MemoryWire(byte[] input, int mostPerRead) : Wire
    {
        int _read;

        public List<byte> Sent { get; } = [];

        public int Left => input.Length - _read;

        public override ValueTask<int> ReceiveAsync(Memory<byte> into)
        {
            var count = Math.Min(Math.Min(into.Length, Left), mostPerRead);
            input.AsMemory(_read, count).CopyTo(into);
            _read += count;
            return ValueTask.FromResult(count);
        }

        public override ValueTask SendAsync(Memory<byte> bytes)
        {
            Sent.AddRange(bytes.Span);
            return ValueTask.CompletedTask;
        }

        public override void Dispose() { }
    }
}
