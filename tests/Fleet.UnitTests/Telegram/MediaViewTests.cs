using System.Buffers;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.Telegram;

/// <summary>A remote file as a stream and as a pipe.</summary>
[TestFixture]
[Category("engine")]
public sealed class MediaViewTests
{
    const int PartBytes = 131_072;
    const int Size = (40 * PartBytes) + 1234;
    const int LookAhead = 6;

    TelegramEmulator _telegram = null!;
    TelegramAccount _account = null!;
    MediaReader _reader = null!;
    byte[] _content = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        var generated = new GeneratedContent(11, Size);
        generated.Read(0, _content = new byte[Size]);
        var document = new NewDocument(generated) { Dc = 2 };
        var link = _telegram.World.Post(_telegram.World.Chat("fleetdemo"), document).Link;
        var options = new DownloadOptions { PartBytes = PartBytes, LookAheadParts = LookAhead };
        _account = await TelegramAccount.LogInAsync(_telegram, download: options);
        _reader = await _account.Client(connections: 3).OpenAsync(await _account.ResolveAsync(link), default);
    }

    [TearDown]
    public async Task StopAsync()
    {
        var leaked = (_account.Memory.Rented, _reader.Access.Pool.Leases);
        _reader.Dispose();
        await _account.DisposeAsync();
        await _telegram.DisposeAsync();
        Assert.That(leaked, Is.EqualTo((0, 0)), "blocks and leases not given back");
    }

    [Test]
    public async Task A_stream_gives_the_whole_file_and_then_nothing()
    {
        await using var stream = _reader.OpenStream();

        var read = await AllAsync(stream);

        Assert.That(read, Is.EqualTo(_content));
        Assert.That(await stream.ReadAsync(new byte[1]), Is.Zero);
    }

    [Test]
    public async Task The_tail_first_and_then_the_start_as_a_demuxer_reads()
    {
        await using var stream = _reader.OpenStream();

        var head = await ReadAsync(stream, 0, 32);
        var tail = await ReadAsync(stream, Size - 5000, 5000);
        stream.Seek(0, SeekOrigin.Begin);
        var whole = await AllAsync(stream);

        Assert.That(head, Is.EqualTo(_content[..32]));
        Assert.That(tail, Is.EqualTo(_content[(Size - 5000)..]));
        Assert.That(whole, Is.EqualTo(_content));
    }

    [Test]
    public async Task Any_seeks_and_lengths_give_the_bytes_that_are_there()
    {
        await using var stream = _reader.OpenStream();
        var step = Gen.Zip(Gen.Choose(0, Size + 10), Gen.Choose(1, 3 * PartBytes));

        bool IsRight((int At, int Length)[] steps)
        {
            foreach (var (at, length) in steps)
            {
                var expected = _content.AsSpan(Math.Min(Size, at));
#pragma warning disable VSTHRD002 // a property is synchronous; it has a thread of its own
                var read = ReadAsync(stream, at, length).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
                if (!expected[..Math.Min(expected.Length, length)].SequenceEqual(read))
                    return false;
            }
            return true;
        }

        await Task.Run(() =>
            Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(step.ArrayOf().ToArbitrary(), IsRight))
        );
    }

    [Test]
    public async Task A_seek_within_the_look_ahead_asks_for_nothing_twice()
    {
        await using var stream = _reader.OpenStream();

        await ReadAsync(stream, 0, 10);
        await ReadAsync(stream, 100, 10);
        await ReadAsync(stream, (3 * PartBytes) + 7, 10);
        stream.Seek(4 * PartBytes, SeekOrigin.Begin);
        var rest = await AllAsync(stream);

        Assert.That(rest, Is.EqualTo(_content[(4 * PartBytes)..]));
        Assert.That(_telegram.Counters.CallsOf("upload.getFile"), Is.AtMost(41)); // what was passed over in time was not asked for
    }

    [Test]
    public async Task A_consumer_that_does_not_read_is_sent_no_more_than_the_look_ahead()
    {
        await using var stream = _reader.OpenStream();
        await ReadAsync(stream, 0, 1);

        await ReadAsync(stream, LookAhead * PartBytes, 1); // all that was in the window then has come

        // Part 0, its look-ahead, and as much again behind the seek.
        Assert.That(_telegram.Counters.CallsOf("upload.getFile"), Is.LessThanOrEqualTo(2 * (LookAhead + 1)));
        Assert.That(_account.Memory.Rented, Is.LessThanOrEqualTo(LookAhead + 1));
    }

    [Test]
    public async Task A_seek_far_away_drops_what_is_no_longer_wanted_and_does_not_wait_for_it()
    {
        _telegram.Faults.FailNext("upload.getFile", "SILENCE", count: LookAhead);
        await using var stream = _reader.OpenStream();
        using var cancel = new CancellationTokenSource();
        var read = stream.ReadAsync(new byte[1], cancel.Token).AsTask();
        while (_telegram.Faults.PendingCount > 0)
            await Task.Yield(); // until every part of the window has been asked for
        await cancel.CancelAsync();
        Assert.That(() => read, Throws.InstanceOf<OperationCanceledException>());

        stream.Position = Size - 10;
        var tail = await AllAsync(stream);

        Assert.That(tail, Is.EqualTo(_content[(Size - 10)..]));
        Assert.That(_reader.Access.Pool.Leases, Is.Zero);
    }

    [Test]
    public async Task A_cancelled_read_leaves_the_stream_usable()
    {
        await using var stream = _reader.OpenStream();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.That(
            async () => await stream.ReadAsync(new byte[10], cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(await ReadAsync(stream, 0, 10), Is.EqualTo(_content[..10]));
    }

    [Test]
    public async Task Several_views_at_once_have_windows_of_their_own()
    {
        async Task<byte[]> StreamAsync()
        {
            await using var stream = _reader.OpenStream();
            return await AllAsync(stream);
        }

        var views = await Task.WhenAll(StreamAsync(), PipeAsync(0), StreamAsync(), PipeAsync(0));

        Assert.That(views, Is.All.EqualTo(_content));
    }

    [TestCase(0)]
    [TestCase(777)]
    [TestCase(5 * PartBytes)]
    [TestCase(Size - 1)]
    [TestCase(Size)]
    public async Task A_pipe_gives_the_file_from_an_offset(int start) =>
        Assert.That(await PipeAsync(start), Is.EqualTo(_content[start..]));

    [Test]
    public async Task A_pipe_hands_out_what_was_examined_again_with_more()
    {
        var pipe = _reader.OpenPipe(0);

        var first = await pipe.ReadAsync();
        var before = first.Buffer.Length;
        pipe.AdvanceTo(first.Buffer.GetPosition(100), first.Buffer.End);
        var second = await pipe.ReadAsync();
        var bytes = second.Buffer.ToArray();
        pipe.AdvanceTo(second.Buffer.Start, second.Buffer.End);
        await pipe.CompleteAsync();

        Assert.That(bytes, Has.Length.GreaterThan(before - 100));
        Assert.That(bytes, Is.EqualTo(_content[100..(100 + bytes.Length)]));
    }

    [Test]
    public async Task A_pending_read_of_a_pipe_is_cancelled_without_an_end()
    {
        _telegram.Faults.FailNext("upload.getFile", "SILENCE", count: LookAhead);
        var pipe = _reader.OpenPipe(0);
        var read = pipe.ReadAsync();

        pipe.CancelPendingRead();
        var result = await read;
        pipe.AdvanceTo(result.Buffer.End);
        await pipe.CompleteAsync();

        Assert.That((result.IsCanceled, result.IsCompleted, result.Buffer.Length), Is.EqualTo((true, false, 0L)));
    }

    // The teardown looks for what is not given back.
    [Test]
    public async Task A_read_that_ends_at_any_moment_gives_everything_back()
    {
        var random = new Random(20261125);
        for (var i = 0; i < 40; i++)
        {
            using var cancel = new CancellationTokenSource();
            var after = random.Next(0, Size);
            await using var stream = _reader.OpenStream();
            stream.Position = random.Next(0, Size);
            var buffer = new byte[30_000];
            var reading = Task.Run(async () =>
            {
                for (var read = 0; read < after && await stream.ReadAsync(buffer, cancel.Token) is > 0 and var n; )
                    read += n;
            });
            for (var spins = random.Next(0, 200); spins > 0 && !reading.IsCompleted; spins--)
                await Task.Yield();
            await cancel.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Assert.That((_account.Memory.Rented, _reader.Access.Pool.Leases), Is.EqualTo((0, 0)));
    }

    async Task<byte[]> PipeAsync(int start)
    {
        var pipe = _reader.OpenPipe(start);
        using var copy = new MemoryStream();
        await pipe.CopyToAsync(copy);
        await pipe.CompleteAsync();
        return copy.ToArray();
    }

    static async Task<byte[]> AllAsync(Stream stream)
    {
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    /// <summary>As many bytes as there are, up to a length.</summary>
    static async Task<byte[]> ReadAsync(Stream stream, long at, int length)
    {
        stream.Seek(at, SeekOrigin.Begin);
        var bytes = new byte[length];
        var read = await stream.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false);
        return bytes[..read];
    }
}
