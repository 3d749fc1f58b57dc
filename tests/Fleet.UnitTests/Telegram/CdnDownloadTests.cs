using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

/// <summary>Files that Telegram sends us to its CDN for.</summary>
[TestFixture]
[Category("engine")]
public sealed class CdnDownloadTests
{
    const int MiB = 1 << 20;
    const int Size = (6 * MiB) - 100;
    const int Cdn = 203;
    const string GetFile = "upload.getFile";
    const string GetCdnFile = "upload.getCdnFile";
    const string Reupload = "upload.reuploadCdnFile";
    const string GetCdnHashes = "upload.getCdnFileHashes";

    TelegramEmulator _telegram = null!;
    EmulatedMessage _message = null!;
    TelegramAccount? _account;

    EmulatedDocument Document => _message.Document!;

    CdnCopy Copy => Document.Cdn!;

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        var document = new NewDocument(new GeneratedContent(21, Size)) { Dc = 4, OnCdn = true };
        _message = _telegram.World.Post(_telegram.World.Chat("fleetdemo"), document);
    }

    [TearDown]
    public async Task StopAsync()
    {
        var leaked = _account?.Memory.Rented ?? 0;
        if (_account is not null)
            await _account.DisposeAsync();
        await _telegram.DisposeAsync();
        Assert.That(leaked, Is.Zero, "blocks not given back");
    }

    [TestCase(MiB)]
    [TestCase(MiB / 8)]
    public async Task A_file_that_the_CDN_lacks_is_uploaded_to_it_and_comes_whole(int partBytes)
    {
        await LogInAsync(partBytes: partBytes);

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That(hash, Is.EqualTo(await ContentAsync()));
        Assert.That(_telegram.Counters.CallsOf(Reupload, 4), Is.GreaterThanOrEqualTo(6));
        Assert.That(_telegram.Counters.CallsOf(GetCdnFile, Cdn), Is.GreaterThanOrEqualTo(Size / partBytes));
    }

    [Test]
    public async Task A_file_that_the_CDN_has_is_read_there_and_its_hashes_at_home()
    {
        await LogInAsync();
        Copy.IsWhole = true;

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That(
            (hash, _telegram.Counters.CallsOf(Reupload), _telegram.Counters.CallsOf(GetCdnFile, Cdn)),
            Is.EqualTo((await ContentAsync(), 0L, 6L))
        );
        Assert.That(_telegram.Counters.CallsOf(GetCdnHashes, 4), Is.Positive);
    }

    [Test]
    public async Task A_second_file_needs_no_second_key_of_the_CDN()
    {
        await LogInAsync();
        var client = _account!.Client();
        await ReadAsync(client);
        var exchanges = _telegram.Counters.KeyExchanges;

        await ReadAsync(client);

        Assert.That(_telegram.Counters.KeyExchanges, Is.EqualTo(exchanges));
    }

    [Test]
    public async Task A_file_is_read_from_any_offset()
    {
        await LogInAsync(partBytes: MiB / 8);
        const int Start = MiB + 300_000;

        var hash = await _account!.HashAsync(_message.Link, start: Start);

        var rest = new byte[Size - Start];
        Document.Content.Read(Start, rest);
        Assert.That(hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(rest))));
    }

    [TestCase(GetCdnFile, "FILE_TOKEN_INVALID")]
    [TestCase(Reupload, "FILE_TOKEN_INVALID")]
    [TestCase(Reupload, "REQUEST_TOKEN_INVALID")]
    [TestCase(GetCdnHashes, "FILE_TOKEN_INVALID")]
    [TestCase(GetCdnFile, "RPC_CALL_FAIL")]
    [TestCase(GetCdnFile, "DROP")]
    [TestCase(GetCdnFile, "CUT")]
    [TestCase(Reupload, "RPC_CALL_FAIL")]
    public async Task A_fault_in_the_middle_costs_no_byte_and_the_CDN_is_read_on(string method, string fault)
    {
        await LogInAsync(partBytes: MiB / 4);
        _telegram.Faults.FailNext(method, fault, afterCalls: 3);

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That((hash, _telegram.Faults.PendingCount), Is.EqualTo((await ContentAsync(), 0)));
        Assert.That(_telegram.Counters.BytesServed, Is.GreaterThanOrEqualTo(Size));
        Assert.That(_telegram.Counters.CallsOf(GetCdnFile, Cdn), Is.GreaterThanOrEqualTo(24));
    }

    [Test]
    public async Task A_token_that_ran_out_is_renewed_by_one_part_for_all()
    {
        await LogInAsync(partBytes: MiB / 8, lookAhead: 8);
        Copy.IsWhole = true;
        _telegram.Faults.FailNext(GetCdnFile, "FILE_TOKEN_INVALID", afterCalls: 20);

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That(hash, Is.EqualTo(await ContentAsync()));
        // Parts that were asked for before the first redirect came, and one more.
        Assert.That(_telegram.Counters.CallsOf(GetFile), Is.LessThanOrEqualTo(8 + 2));
    }

    [Test]
    public async Task A_wrong_part_is_fetched_again()
    {
        await LogInAsync();
        Copy.IsWhole = true;
        _telegram.Faults.FailNext(GetCdnFile, "BIT_FLIP", afterCalls: 3);

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That((hash, _telegram.Counters.CallsOf(GetCdnFile, Cdn)), Is.EqualTo((await ContentAsync(), 7L)));
    }

    [Test]
    public async Task Bytes_that_stay_wrong_are_handed_to_nobody()
    {
        await LogInAsync();
        Copy.IsWhole = true;
        _telegram.Faults.FailNext(GetCdnFile, "BIT_FLIP", count: 1000, afterCalls: 2);
        var media = await _account!.ResolveAsync(_message.Link);
        using var reader = await _account.Client(connections: 1).OpenAsync(media, CancellationToken.None);
        var got = new List<byte>();

        Assert.That(
            () => ReadAsync(reader, got),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.HashMismatch)
        );

        var right = new byte[got.Count];
        Document.Content.Read(0, right);
        Assert.That(got, Is.EqualTo(right));
    }

    [Test]
    public async Task Bytes_without_a_hash_are_not_taken_from_the_CDN()
    {
        await LogInAsync();
        Copy.HidesHashes = true;

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That(hash, Is.EqualTo(await ContentAsync()));
        Assert.That(_telegram.Counters.CallsOf(GetFile, 4), Is.GreaterThanOrEqualTo(7)); // a redirect, then every part
    }

    [Test]
    public async Task A_key_that_the_CDN_forgot_is_made_anew_in_the_middle()
    {
        await LogInAsync(partBytes: MiB / 8, lookAhead: 4);
        var media = await _account!.ResolveAsync(_message.Link);
        using var reader = await _account.Client().OpenAsync(media, CancellationToken.None);
        var exchanges = 0L;
        var got = new List<byte>();

        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                got.AddRange(block.Memory.Span);
            if (block.Offset != 2 * MiB)
                continue;
            exchanges = _telegram.Counters.KeyExchanges;
            _telegram.ForgetAuthKeys(Cdn);
        }

        Assert.That(HexOf(got), Is.EqualTo(await ContentAsync()));
        Assert.That(_telegram.Counters.KeyExchanges - exchanges, Is.EqualTo(1));
    }

    [Test]
    public async Task A_CDN_that_is_down_is_done_without()
    {
        await LogInAsync();
        _telegram.CloseCdn();

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That((hash, _telegram.Counters.CallsOf(GetCdnFile)), Is.EqualTo((await ContentAsync(), 0L)));
    }

    [Test]
    public async Task A_file_that_is_nowhere_but_on_a_CDN_that_is_down_ends_the_read_with_a_typed_error()
    {
        await LogInAsync();
        Copy.IsOnlyThere = true;
        _telegram.CloseCdn();

        Assert.That(
            () => _account!.HashAsync(_message.Link),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.CdnUnavailable)
        );
    }

    [Test]
    public async Task A_CDN_that_refuses_every_part_is_given_up()
    {
        await LogInAsync();
        _telegram.Faults.FailNext(GetCdnFile, "400:LOCATION_INVALID", count: 1000);

        Assert.That(await _account!.HashAsync(_message.Link), Is.EqualTo(await ContentAsync()));
    }

    [Test]
    public async Task Redirects_that_lead_to_nothing_are_followed_a_few_times_only()
    {
        await LogInAsync();
        _telegram.Faults.FailNext(GetCdnFile, "FILE_TOKEN_INVALID", count: 1000);

        var hash = await _account!.HashAsync(_message.Link);

        Assert.That(hash, Is.EqualTo(await ContentAsync()));
        Assert.That(_telegram.Counters.CallsOf(GetCdnFile), Is.LessThan(1000));
    }

    [Test]
    public async Task A_bot_asks_for_no_redirect()
    {
        var bot = _telegram.World.AddBot("cdnless_bot");
        _account = await TelegramAccount.LogInBotAsync(_telegram, bot.BotToken!);
        var chat = _telegram.World.AddChat(ChatKind.Channel, "Bots", "botchannel", members: [bot]);
        var link = _telegram.World.Post(chat, Document).Link;

        var hash = await _account.HashAsync(link);

        Assert.That((hash, _telegram.Counters.CallsOf(GetCdnFile)), Is.EqualTo((await ContentAsync(), 0L)));
    }

    [Test]
    public async Task Cancellation_in_the_middle_frees_everything()
    {
        await LogInAsync(partBytes: MiB / 8);
        var media = await _account!.ResolveAsync(_message.Link);
        using var reader = await _account.Client().OpenAsync(media, CancellationToken.None);
        using var cancel = new CancellationTokenSource();

        async Task ReadAsync()
        {
            await foreach (var block in reader.ReadAsync(0, cancel.Token))
            {
                block.Dispose();
                if (block.Offset == MiB)
                    await cancel.CancelAsync();
            }
        }

        Assert.That(ReadAsync, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_account.Memory.Rented, Is.Zero);
    }

    async Task LogInAsync(int partBytes = MiB, int lookAhead = 32) =>
        _account = await TelegramAccount.LogInAsync(
            _telegram,
            download: new DownloadOptions
            {
                PartBytes = partBytes,
                LookAheadParts = lookAhead,
                PartTries = 4,
            }
        );

    Task<string> ContentAsync() => Document.Content.Sha256HexAsync();

    async Task ReadAsync(MediaClient client)
    {
        var media = await _account!.ResolveAsync(_message.Link);
        using var reader = await client.OpenAsync(media, CancellationToken.None);
        await ReadAsync(reader, []);
    }

    static async Task ReadAsync(MediaReader reader, List<byte> got)
    {
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                got.AddRange(block.Memory.Span);
        }
    }

    static string HexOf(List<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData([.. bytes]));
}
