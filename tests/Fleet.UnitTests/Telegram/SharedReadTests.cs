using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.UnitTests.Telegram;

/// <summary>One file read through two accounts at once, and what becomes of the read when one of them fails.</summary>
[TestFixture]
[Category("engine")]
public sealed class SharedReadTests
{
    const int PartBytes = 131_072;
    const int Parts = 80;
    const string GetFile = "upload.getFile";

    readonly List<Exception> _dropped = [];
    TelegramEmulator _telegram = null!;
    EmulatedMessage _message = null!;
    TelegramAccount _first = null!;
    TelegramAccount _second = null!;
    DcPool _firstPool = null!;
    DcPool _secondPool = null!;
    MediaReader _reader = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _dropped.Clear();
        _telegram = await TelegramEmulator.StartAsync();
        var document = new NewDocument(new GeneratedContent(7, Parts * PartBytes)) { Dc = 4 };
        _message = _telegram.World.Post(_telegram.World.Chat("fleetdemo"), document);
        _first = await TelegramAccount.LogInAsync(_telegram, TelegramAccount.Plain);
        _second = await TelegramAccount.LogInAsync(_telegram, TelegramAccount.Premium);
        var options = new DownloadOptions { PartBytes = PartBytes };
        var context = new MediaReaderContext(_first.Memory, options, TimeProvider.System, NullLogger.Instance);
        var (access, renew) = await AccessAsync(_first);
        var (other, renewOther) = await AccessAsync(_second);
        _reader = new MediaReader(access, Parts * PartBytes, renew, context)
        {
            OnDropped = (_, reason) => _dropped.Add(reason),
        };
        Assert.That(_reader.TryJoin(other, renewOther), Is.True);
        (_firstPool, _secondPool) = (access.Pool, other.Pool);
    }

    [TearDown]
    public async Task StopAsync()
    {
        var left = (_first.Memory.Rented, _firstPool.Leases, _secondPool.Leases);
        _reader.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _telegram.DisposeAsync();
        Assert.That(left, Is.EqualTo((0, 0, 0)), "not given back");
    }

    [Test]
    public async Task Both_serve_and_nothing_is_asked_for_twice()
    {
        await ReadAsync();

        var (first, second) = (_firstPool.TakeOutcomes().Parts, _secondPool.TakeOutcomes().Parts);
        Assert.Multiple(() =>
        {
            Assert.That(first, Is.Positive);
            Assert.That(second, Is.Positive);
            // One part in twenty may be asked for twice, and one more, when the machine itself makes parts late.
            Assert.That(_telegram.Counters.CallsOf(GetFile), Is.InRange(Parts, Parts + 1 + (Parts / 20)));
            Assert.That(_dropped, Is.Empty);
        });
    }

    [TestCase(TelegramAccount.Plain)]
    [TestCase(TelegramAccount.Premium)]
    public async Task One_that_must_wait_long_is_left_out_and_not_asked_again(string phone)
    {
        _telegram.Faults.FailNext(GetFile, "FLOOD_WAIT_600", afterCalls: 5, userId: UserOf(phone));

        await ReadAsync();

        Assert.Multiple(() =>
        {
            Assert.That(_telegram.Faults.PendingCount, Is.Zero);
            Assert.That(_dropped, Has.Count.EqualTo(1).And.All.InstanceOf<FloodException>());
            Assert.That(_telegram.Counters.CallsInFloodWindow, Is.LessThanOrEqualTo(8), "only those on the way");
        });
    }

    [Test]
    public async Task One_that_must_wait_a_moment_is_not_waited_for()
    {
        _telegram.Faults.FailNext(GetFile, "FLOOD_WAIT_2", afterCalls: 5, userId: UserOf(TelegramAccount.Premium));

        await ReadAsync();

        Assert.That((_telegram.Faults.PendingCount, _dropped.Count), Is.EqualTo((0, 0)));
        Assert.That(_firstPool.TakeOutcomes().Parts, Is.GreaterThan(Parts / 2), "the other did its part");
    }

    [Test]
    public async Task Each_renews_its_own_file_reference()
    {
        _telegram.Faults.FailNext(GetFile, "FILE_REFERENCE_EXPIRED", afterCalls: 20);

        await ReadAsync();

        Assert.That((_telegram.Faults.PendingCount, _dropped.Count), Is.EqualTo((0, 0)));
        Assert.That(_telegram.Counters.CallsOf("channels.getMessages"), Is.EqualTo(4), "two to resolve, two to renew");
    }

    [Test]
    public async Task One_whose_pool_closes_in_the_middle_is_replaced_by_the_other()
    {
        await ReadAsync(async done =>
        {
            if (done != 10 * PartBytes)
                return;
            Assert.That(_reader.TryDrop(_firstPool, new TimeoutException("lost")), Is.True);
            await _firstPool.DisposeAsync();
        });

        Assert.That(_dropped, Has.Count.EqualTo(1).And.All.InstanceOf<TimeoutException>());
        Assert.That(_reader.Access.Pool, Is.SameAs(_secondPool));
        Assert.That(_reader.TryDrop(_secondPool, new TimeoutException("lost")), Is.False, "it is the last");
    }

    [Test]
    public void One_that_is_refused_is_left_out_and_the_last_ones_refusal_ends_the_read()
    {
        _telegram.Faults.FailNext(GetFile, "400:LOCATION_INVALID", afterCalls: 10, count: 100);

        Assert.That(() => ReadAsync(), Throws.InstanceOf<MediaException>());

        Assert.That(_dropped, Has.Count.EqualTo(1).And.All.InstanceOf<MediaException>());
    }

    [Test]
    public async Task Cancelling_frees_both()
    {
        using var stop = new CancellationTokenSource();
        var read = 0;

        Assert.That(
            async () =>
            {
                await foreach (var block in _reader.ReadAsync(0, stop.Token))
                {
                    block.Dispose();
                    if (++read == 10)
                        await stop.CancelAsync();
                }
            },
            Throws.InstanceOf<OperationCanceledException>()
        );

        Assert.That((_firstPool.Leases, _secondPool.Leases, _first.Memory.Rented), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public void Another_file_cannot_join() =>
        Assert.That(
            () =>
                _reader.TryJoin(
                    _reader.Access with
                    {
                        Location = new(1, 2, []),
                    },
                    (_, _) => Task.FromResult(_reader.Access)
                ),
            Throws.ArgumentException
        );

    [TestCase(0, 2, 0, ExpectedResult = true, Description = "no connection: one part, for which it connects")]
    [TestCase(1, 2, 0, ExpectedResult = false)]
    [TestCase(1, 2, 1, ExpectedResult = true)]
    [TestCase(2, 2, 1, ExpectedResult = false)]
    public bool An_account_has_room_up_to_its_window(int parts, int window, int connections) =>
        Load(parts, window, connections).HasRoom(PartBytes);

    [TestCase(1, 2, 1, 2, 2, 1, ExpectedResult = true)]
    [TestCase(2, 2, 1, 2, 16, 1, ExpectedResult = false, Description = "by the part of the window that is used")]
    [TestCase(0, 2, 0, 1, 2, 1, ExpectedResult = false, Description = "who has a connection goes first")]
    public bool The_less_busy_one_gets_the_next_part(int a, int aWindow, int aOpen, int b, int bWindow, int bOpen) =>
        Load(a, aWindow, aOpen).IsBelow(Load(b, bWindow, bOpen));

    static AccessLoad Load(int parts, int window, int connections) =>
        new(parts * PartBytes, window * PartBytes, connections, default, IsAway: false);

    long UserOf(string phone) => (phone == TelegramAccount.Plain ? _first : _second).Session.State!.UserId;

    async Task<(MediaAccess Access, RenewAccess Renew)> AccessAsync(TelegramAccount account)
    {
        var media = await account.ResolveAsync(_message.Link);
        using var opened = await account.Client().OpenAsync(media, CancellationToken.None);
        return (
            opened.Access,
            async (renewal, ct) =>
                renewal.Fault == AccessFault.FileReference
                    ? renewal.Stale with
                    {
                        Location = (
                            await account.Session.LocateAsync(media.Origin, media.Description.Key, ct)
                        ).Location,
                    }
                    : throw new InvalidOperationException($"Not expected: {renewal.Fault}")
        );
    }

    /// <summary>Reads to the end, in order.</summary>
    /// <param name="progress">Told the bytes read after every block.</param>
    async Task ReadAsync(Func<long, Task>? progress = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var next = 0L;
        await foreach (var block in _reader.ReadAsync(0, CancellationToken.None))
        {
            Assert.That(block.Offset, Is.EqualTo(next));
            next += block.Memory.Length;
            hash.AppendData(block.Memory.Span);
            block.Dispose();
            if (progress is not null)
                await progress(next);
        }
        Assert.That(
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            Is.EqualTo(await _message.Document!.Content.Sha256HexAsync())
        );
    }
}
