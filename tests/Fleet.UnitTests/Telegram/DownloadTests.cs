using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class DownloadTests
{
    const int MiB = 1 << 20;
    const string BigFile = "https://t.me/fleetdemo/3"; // 32 MiB in DC 4; the account lives in DC 2
    const int Parts = 10;

    TelegramEmulator _telegram = null!;

    [SetUp]
    public async Task StartAsync() => _telegram = await TelegramEmulator.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _telegram.DisposeAsync();

    [Test]
    public async Task A_file_of_another_data_centre_comes_whole_over_several_connections()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        var before = _telegram.Counters.Connections;

        var hash = await account.HashAsync(BigFile, connections: 4);

        Assert.That(
            (
                hash,
                _telegram.Counters.CallsOf("upload.getFile", 4),
                _telegram.Counters.CallsOf("auth.importAuthorization", 4)
            ),
            Is.EqualTo((await ContentAsync(BigFile), 32, 1))
        );
        Assert.That(_telegram.Counters.Connections - before, Is.EqualTo(5)); // one more to import the login
        Assert.That(account.Memory.Rented, Is.Zero);
    }

    [Test]
    public async Task A_file_at_home_needs_no_other_key()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);

        var hash = await account.HashAsync("https://t.me/fleetdemo/2");

        Assert.That(
            (hash, _telegram.Counters.KeyExchanges),
            Is.EqualTo((await ContentAsync("https://t.me/fleetdemo/2"), 1))
        );
    }

    [Test]
    public async Task A_file_is_read_from_any_offset()
    {
        var link = Post(size: (3 * MiB) + 77);
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        const int Start = MiB + 12_345;

        var hash = await account.HashAsync(link, start: Start);

        var rest = new byte[(3 * MiB) + 77 - Start];
        MessageOf(link).Document!.Content.Read(Start, rest);
        Assert.That(hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(rest))));
    }

    [Test]
    public async Task An_empty_file_has_no_blocks()
    {
        var link = Post(size: 0);
        await using var account = await TelegramAccount.LogInAsync(_telegram);

        Assert.That(await account.HashAsync(link), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData([]))));
    }

    [Test]
    public async Task Smaller_parts_come_together_as_well()
    {
        var link = Post(size: (2 * MiB) + 1);
        await using var account = await TelegramAccount.LogInAsync(
            _telegram,
            download: new DownloadOptions { PartBytes = 131_072 }
        );

        Assert.That(await account.HashAsync(link), Is.EqualTo(await ContentAsync(link)));
    }

    [Test]
    public async Task Two_blocks_of_memory_are_enough_for_any_file()
    {
        var link = Post(Parts * MiB);
        await using var account = await TelegramAccount.LogInAsync(_telegram, memoryBytes: 2 * MiB);

        Assert.That(await account.HashAsync(link, connections: 4), Is.EqualTo(await ContentAsync(link)));
    }

    [Test]
    public async Task A_consumer_that_stops_pulling_stops_the_download()
    {
        await using var account = await TelegramAccount.LogInAsync(
            _telegram,
            download: new DownloadOptions { LookAheadParts = 3 }
        );
        var media = await account.ResolveAsync(Post(Parts * MiB));
        using var reader = await account.Client().OpenAsync(media, CancellationToken.None);
        await using var blocks = reader.ReadAsync(0, CancellationToken.None).GetAsyncEnumerator();

        var held = new List<MediaBlock>();
        for (var i = 0; i < 4 && await blocks.MoveNextAsync(); i++)
            held.Add(blocks.Current);

        // Those held, those in the window, and the one whose place is waited for.
        Assert.That(account.Memory.Rented, Is.InRange(4, 4 + 3 + 1));
        held.ForEach(b => b.Dispose());
    }

    [Test]
    public async Task Ending_the_enumeration_early_frees_everything()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        var media = await account.ResolveAsync(Post(Parts * MiB));
        using var reader = await account.Client(connections: 4).OpenAsync(media, CancellationToken.None);

        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            block.Dispose();
            break;
        }

        Assert.That(account.Memory.Rented, Is.Zero);
    }

    [Test]
    public async Task Cancellation_in_the_middle_frees_everything()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        var media = await account.ResolveAsync(Post(Parts * MiB));
        using var reader = await account.Client(connections: 4).OpenAsync(media, CancellationToken.None);
        using var cancel = new CancellationTokenSource();

        async Task ReadAsync()
        {
            await foreach (var block in reader.ReadAsync(0, cancel.Token))
            {
                block.Dispose();
                if (block.Offset == 4 * MiB)
                    await cancel.CancelAsync();
            }
        }

        Assert.That(ReadAsync, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(account.Memory.Rented, Is.Zero);
    }

    [Test]
    public async Task Two_readers_share_one_pool()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        var client = account.Client(connections: 2);
        var media = await account.ResolveAsync(Post(Parts * MiB));

        async Task<long> LengthAsync()
        {
            var length = 0L;
            using var reader = await client.OpenAsync(media, CancellationToken.None);
            await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
            {
                using (block)
                    length += block.Memory.Length;
            }
            return length;
        }

        var lengths = await Task.WhenAll(LengthAsync(), LengthAsync());

        Assert.That(
            (lengths[0], lengths[1], _telegram.Counters.CallsOf("auth.importAuthorization")),
            Is.EqualTo(((long)Parts * MiB, (long)Parts * MiB, 1L))
        );
    }

    [Test]
    public async Task A_part_costs_next_to_no_allocation()
    {
        var link = Post(size: 16 * MiB, dc: 2);
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        await account.HashAsync(link); // warm: code, pools, buffers

        // A run in which more parts are on their way at once than ever before makes buffers that later runs use again.
        var perPart = long.MaxValue;
        for (var run = 0; run < 4; run++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await account.HashAsync(link);
            perPart = Math.Min(perPart, (GC.GetTotalAllocatedBytes(precise: true) - before) / 16);
        }

        Assert.That(perPart, Is.LessThan(64 * 1024)); // the emulator's own allocations included
    }

    string Post(long size, int dc = 4) =>
        _telegram
            .World.Post(_telegram.World.Chat("fleetdemo"), new NewDocument(new GeneratedContent(77, size)) { Dc = dc })
            .Link;

    EmulatedMessage MessageOf(string link) =>
        _telegram.World.Chat("fleetdemo").MessageOrNull(((MessageLink)LinkParser.Parse(link)).MessageId)!;

    Task<string> ContentAsync(string link) => MessageOf(link).Document!.Content.Sha256HexAsync();
}
