using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class TransportTests
{
    const int Limit = 2 * 1_048_576;

    // What obfuscation does to them is tested against a server that was written apart from it.
    static readonly TransportKind[] Framings =
    [
        TransportKind.Intermediate,
        TransportKind.PaddedIntermediate,
        TransportKind.Abridged,
        TransportKind.Full,
    ];

    [Test]
    public async Task A_frame_comes_back_as_it_was_sealed(
        [ValueSource(nameof(Framings))] TransportKind kind,
        [Values(4, 500, 504, 508, 512, 8188, 8192, 1_048_600)] int length
    )
    {
        using var wire = await Wire.OpenAsync(kind);
        var payload = Payload(length);

        await wire.SendAsync(payload);

        Assert.That((await wire.ReadAsync())![..length], Is.EqualTo(payload));
    }

    [Test]
    public async Task Frames_that_arrive_together_are_told_apart([ValueSource(nameof(Framings))] TransportKind kind)
    {
        using var wire = await Wire.OpenAsync(kind);
        int[] lengths = [4, 600, 40, 20_000, 8, 3000, 12];
        await wire.SendRawAsync([.. lengths.SelectMany(l => wire.Seal(Payload(l)))]);

        foreach (var length in lengths)
            Assert.That((await wire.ReadAsync())![..length], Is.EqualTo(Payload(length)));
    }

    [Test]
    public async Task A_frame_that_arrives_byte_by_byte_is_put_together(
        [ValueSource(nameof(Framings))] TransportKind kind
    )
    {
        using var wire = await Wire.OpenAsync(kind);
        var reading = wire.ReadAsync();

        foreach (var one in wire.Seal(Payload(600)))
            await wire.SendRawAsync([one]);

        Assert.That((await reading)![..600], Is.EqualTo(Payload(600)));
    }

    [TestCase(TransportKind.Intermediate, "01020380")]
    [TestCase(TransportKind.PaddedIntermediate, "01020380")]
    [TestCase(TransportKind.Abridged, "80010203")]
    public async Task A_quick_acknowledgment_is_passed_over(TransportKind kind, string bytes)
    {
        using var wire = await Wire.OpenAsync(kind);

        await wire.SendRawAsync([.. Convert.FromHexString(bytes), .. wire.Seal(Payload(40))]);

        Assert.That((await wire.ReadAsync())![..40], Is.EqualTo(Payload(40)));
    }

    [Test]
    public async Task A_stream_that_ends_between_frames_just_ends([ValueSource(nameof(Framings))] TransportKind kind)
    {
        using var wire = await Wire.OpenAsync(kind);
        await wire.SendAsync(Payload(40));
        wire.Close();

        Assert.That(
            ((await wire.ReadAsync())?.Length >= 40, await wire.ReadAsync()),
            Is.EqualTo((true, (byte[]?)null))
        );
    }

    [TestCase("7fffffff")]
    [TestCase("00")]
    public async Task An_abridged_length_out_of_bounds_is_refused(string bytes)
    {
        using var wire = await Wire.OpenAsync(TransportKind.Abridged);

        await wire.SendRawAsync(Convert.FromHexString(bytes));

        var error = Assert.ThrowsAsync<Fleet.MtProto.ProtocolViolationException>(() => wire.ReadAsync());
        Assert.That(error!.Violation, Is.EqualTo(Violation.FrameLength));
    }

    // length, number, payload, sum: the number of the second frame is not 1, or one bit of the payload is another
    [TestCase(4, Violation.FrameNumber)]
    [TestCase(9, Violation.Checksum)]
    [TestCase(14, Violation.Checksum)]
    public async Task A_full_frame_that_is_not_as_it_was_sealed_is_refused(int changedByte, Violation violation)
    {
        using var wire = await Wire.OpenAsync(TransportKind.Full);
        await wire.SendAsync(Payload(4));
        await wire.ReadAsync();
        var frame = wire.Seal(Payload(4));
        frame[changedByte] ^= 2;

        await wire.SendRawAsync(frame);

        var error = Assert.ThrowsAsync<Fleet.MtProto.ProtocolViolationException>(() => wire.ReadAsync());
        Assert.That(error!.Violation, Is.EqualTo(violation));
    }

    [Test]
    public void The_checksum_is_that_of_zlib([Values(0, 1, 7, 8, 9, 63, 64, 1_000)] int length)
    {
        var sum = Fleet.Emulator.Wire.Checksum.Crc32(Payload(length));

        Assert.That((Crc32.Of("123456789"u8), Crc32.Of(Payload(length))), Is.EqualTo((0xcbf4_3926u, sum)));
    }

    static byte[] Payload(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i + length))];

    /// <summary>A channel and the other end of its socket.</summary>
    sealed class Wire(FrameChannel channel, Socket other) : IDisposable
    {
        public static async Task<Wire> OpenAsync(TransportKind kind)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(listener.LocalEndpoint);
            var codec = FrameCodec.Create(kind, new Random(1).NextBytes);
            return new Wire(
                new FrameChannel(new SocketWire(socket), codec, Limit, ArrayPool<byte>.Shared),
                await listener.AcceptSocketAsync()
            );
        }

        public byte[] Seal(byte[] payload)
        {
            byte[] frame = [.. new byte[MessageCrypto.Headroom], .. payload, .. new byte[FrameCodec.TailRoom]];
            return frame[channel.Codec.Seal(frame, payload.Length)];
        }

        public Task SendAsync(byte[] payload) => SendRawAsync(Seal(payload));

        // Not awaited to its end: a large frame does not fit into the socket's buffers before somebody reads.
        public async Task SendRawAsync(byte[] bytes)
        {
            var sending = other.SendAsync(bytes);
            if (bytes.Length < 65_536)
                await sending;
        }

        /// <summary>The next payload; null at the end.</summary>
        public async Task<byte[]?> ReadAsync()
        {
            var frame = await channel.ReadAsync();
            if (frame.IsEnd)
                return null;
            var payload = frame.Payload.ToArray();
            frame.Release();
            return payload;
        }

        public void Close() => other.Shutdown(SocketShutdown.Send);

        public void Dispose()
        {
            channel.Dispose();
            other.Dispose();
        }
    }
}
