using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.MtProto;
using Fleet.Telegram;
using Fleet.UnitTests.MtProto;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.UnitTests.Telegram;

/// <summary>What a pool does about requests that take too long, and what a part costs it.</summary>
[TestFixture]
[Category("engine")]
public sealed class PoolTests
{
    const int PartBytes = 131_072;
    const int Parts = 60;
    const string GetFile = "upload.getFile";

#if DEBUG
    // A debug build makes an object of every async method on the way.
    const int BytesPerPart = 4096;
#else
    // The block handed out, the call, and now and then a state machine when its pool is empty.
    const int BytesPerPart = 512;
#endif

    [TestCase(1, Description = "the pool gives it up, and asks over the same connection")]
    [TestCase(3, Description = "a hedge brings it, over another connection")]
    public async Task A_request_that_is_never_answered_is_made_again(int connections)
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var file = Post(telegram);
        await using var account = await LogInAsync(telegram);
        telegram.Faults.FailNext(GetFile, "SILENCE", afterCalls: 20);

        var hash = await account.HashAsync(file.Link, connections);

        Assert.That((hash, account.Memory.Rented), Is.EqualTo((await file.Document!.Content.Sha256HexAsync(), 0)));
        // One part in twenty may be asked for twice, and one more, when the machine itself makes parts late.
        Assert.That(telegram.Counters.CallsOf(GetFile), Is.InRange(Parts + 1, Parts + 1 + (Parts / 20)));
    }

    [Test]
    public async Task A_connection_that_is_slow_again_and_again_is_closed_and_the_file_comes_over_the_other()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var file = Post(telegram);
        await using var account = await LogInAsync(telegram);
        telegram.Faults.FailNext(GetFile, "SILENCE", count: 14, afterCalls: 20);
        using var reader = await account
            .Client(connections: 2)
            .OpenAsync(await account.ResolveAsync(file.Link), CancellationToken.None);

        var bytes = 0L;
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                bytes += block.Memory.Length;
        }

        var pool = reader.Access.Pool;
        Assert.That((bytes, pool.TakeOutcomes().Losses, pool.Leases), Is.EqualTo(((long)Parts * PartBytes, 1, 0)));
    }

    [Test]
    public async Task A_pool_closes_and_opens_connections_when_its_share_changes_and_loses_nothing()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var file = Post(telegram);
        await using var account = await LogInAsync(telegram);
        using var reader = await account
            .Client(connections: 2)
            .OpenAsync(await account.ResolveAsync(file.Link), CancellationToken.None);
        var pool = reader.Access.Pool;

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        var open = new List<int>();
        var bytes = 0L;
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                bytes += block.Memory.Length;
            if (block.Offset == 20 * PartBytes)
                pool.Resize(connections: 1, windowBytes: 1 << 20);
            if (block.Offset == 40 * PartBytes)
            {
                while (pool.OpenConnections > 1 && !deadline.IsCancellationRequested)
                    await Task.Yield(); // it is closed when its last call has been answered
                open.Add(pool.OpenConnections);
                pool.Resize(connections: 3, windowBytes: 3 << 20);
            }
        }

        Assert.That((bytes, pool.Leases), Is.EqualTo(((long)Parts * PartBytes, 0)));
        Assert.That(open, Is.EqualTo([1]));
        Assert.That(telegram.Counters.CallsOf(GetFile), Is.EqualTo(Parts), "no part was asked for twice");
    }

    [Test]
    public async Task A_premium_wait_holds_one_connection_while_the_others_go_on()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var file = Post(telegram);
        await using var account = await LogInAsync(telegram);
        telegram.Faults.FailNext(GetFile, "FLOOD_PREMIUM_WAIT_3600", afterCalls: 20);

        var hash = await account.HashAsync(file.Link, connections: 2); // nobody waits an hour

        Assert.That(hash, Is.EqualTo(await file.Document!.Content.Sha256HexAsync()));
    }

    // On the thread pool, as in a service: NUnit's own context would make an object of every continuation.
    [Test]
    [NonParallelizable]
    public Task A_part_costs_no_memory_of_its_own() => Task.Run(CountPartAsync);

    static async Task CountPartAsync()
    {
        const int Many = 600;
        const int Stretch = 100;
        const int LookAhead = 64; // more than is asked for ahead, so that every stretch asks for as many parts as it reads
        using var server = new PartServer(PartBytes);
        await using var pool = new DcPool(
            new DcPoolOptions
            {
                Dc = 2,
                Addresses = [new DcAddress(2, "127.0.0.1", server.Port)],
                AuthKey = Peer.Key,
                Client = new ClientInfo(1),
                Connections = 1,
            },
            TimeProvider.System,
            NullLogger.Instance
        );
        var options = new DownloadOptions { PartBytes = PartBytes };
        var memory = new MemoryBudget(64L << 20);
        using var reader = new MediaReader(
            new MediaAccess(pool, new FileLocation(1, 2, [3])),
            ((2L * Many) + LookAhead) * PartBytes,
            (_, _) => throw new InvalidOperationException("Nothing expires here."),
            new MediaReaderContext(memory, options, TimeProvider.System, NullLogger.Instance)
        );
        await using var blocks = reader.ReadAsync(0, CancellationToken.None).GetAsyncEnumerator();
        for (var i = 0; i < Many && await blocks.MoveNextAsync(); i++)
            blocks.Current.Dispose(); // slots, pools and buffers come into being, code is compiled

        // A stretch in which more is on its way at once than ever before makes objects that later ones use again.
        var (parts, perPart) = (0, double.MaxValue);
        for (var stretch = 0; stretch < Many / Stretch; stretch++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Stretch && await blocks.MoveNextAsync(); i++, parts++)
                blocks.Current.Dispose();
            perPart = Math.Min(perPart, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Stretch);
        }

        await TestContext.Out.WriteLineAsync($"{perPart:f0} bytes per part");
        Assert.That(parts, Is.EqualTo(Many));
        Assert.That(perPart, Is.LessThan(BytesPerPart));
    }

    static EmulatedMessage Post(TelegramEmulator telegram) =>
        telegram.World.Post(
            telegram.World.Chat("fleetdemo"),
            new NewDocument(new GeneratedContent(3, Parts * PartBytes)) { Dc = 2 }
        );

    static Task<TelegramAccount> LogInAsync(TelegramEmulator telegram) =>
        TelegramAccount.LogInAsync(telegram, download: new DownloadOptions { PartBytes = PartBytes });
}
