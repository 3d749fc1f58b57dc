using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class VerifiedDownloadTests
{
    const int MiB = 1 << 20;
    const int Size = (6 * MiB) - 100;
    const string GetFile = "upload.getFile";
    const string GetHashes = "upload.getFileHashes";

    TelegramEmulator _telegram = null!;
    EmulatedMessage _message = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        var document = new NewDocument(new GeneratedContent(8, Size)) { Dc = 4 };
        _message = _telegram.World.Post(_telegram.World.Chat("fleetdemo"), document);
    }

    [TearDown]
    public async Task StopAsync() => await _telegram.DisposeAsync();

    [TestCase(MiB, 6)]
    [TestCase(MiB / 8, 48)]
    public async Task A_wrong_part_in_the_middle_is_fetched_again(int partBytes, int parts)
    {
        await using var account = await LogInAsync(partBytes: partBytes);
        _telegram.Faults.FailNext(GetFile, "BIT_FLIP", afterCalls: 3);

        var hash = await account.HashAsync(_message.Link);

        Assert.That(
            (hash, _telegram.Counters.CallsOf(GetFile), _telegram.Counters.CallsOf(GetHashes)),
            Is.EqualTo((await ContentAsync(), parts + 1L, 6L)) // one question per MiB
        );
    }

    [Test]
    public async Task A_part_that_stays_wrong_ends_the_read_and_nobody_gets_it()
    {
        await using var account = await LogInAsync();
        _telegram.Faults.FailNext(GetFile, "BIT_FLIP", count: 1000, afterCalls: 2);
        var media = await account.ResolveAsync(_message.Link);
        using var reader = await account.Client(connections: 1).OpenAsync(media, CancellationToken.None);
        var got = new List<byte>();

        Assert.That(
            () => ReadAsync(reader, got),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.HashMismatch)
        );
        var right = new byte[got.Count];
        _message.Document!.Content.Read(0, right);
        // Which two parts were asked for first, and are right, is a race; the first wrong one in the file ends the read.
        Assert.That(
            (got.Count <= 2 * MiB, got.SequenceEqual(right), account.Memory.Rented),
            Is.EqualTo((true, true, 0))
        );
    }

    [Test]
    public async Task Without_verification_nothing_is_asked_and_wrong_bytes_pass()
    {
        await using var account = await LogInAsync(verify: false);
        _telegram.Faults.FailNext(GetFile, "BIT_FLIP", afterCalls: 3);

        var hash = await account.HashAsync(_message.Link);

        Assert.That(
            (
                string.Equals(hash, await ContentAsync(), StringComparison.Ordinal),
                _telegram.Counters.CallsOf(GetHashes)
            ),
            Is.EqualTo((false, 0L))
        );
    }

    [Test]
    public async Task A_file_without_hashes_is_read_as_it_comes()
    {
        await using var account = await LogInAsync();
        _telegram.Faults.FailNext(GetHashes, "400:LOCATION_INVALID", count: 1000);

        Assert.That(await account.HashAsync(_message.Link), Is.EqualTo(await ContentAsync()));
    }

    [TestCase("FILE_REFERENCE_EXPIRED")]
    [TestCase("FILE_MIGRATE_5")]
    [TestCase("FLOOD_WAIT_1")]
    [TestCase("RPC_CALL_FAIL")]
    [TestCase("DROP")]
    public async Task A_fault_in_a_question_for_hashes_is_recovered_from_like_one_in_a_part(string fault)
    {
        await using var account = await LogInAsync();
        _telegram.Faults.FailNext(GetHashes, fault, afterCalls: 2);

        Assert.That(await account.HashAsync(_message.Link), Is.EqualTo(await ContentAsync()));
    }

    [Test]
    public async Task A_file_is_verified_from_any_offset()
    {
        await using var account = await LogInAsync(partBytes: MiB / 8);
        const int Start = MiB + 300_000;
        _telegram.Faults.FailNext(GetFile, "BIT_FLIP");

        var hash = await account.HashAsync(_message.Link, start: Start);

        var rest = new byte[Size - Start];
        _message.Document!.Content.Read(Start, rest);
        Assert.That(hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(rest))));
    }

    Task<TelegramAccount> LogInAsync(bool verify = true, int partBytes = MiB) =>
        TelegramAccount.LogInAsync(
            _telegram,
            download: new DownloadOptions { VerifyHashes = verify, PartBytes = partBytes }
        );

    Task<string> ContentAsync() => _message.Document!.Content.Sha256HexAsync();

    static async Task ReadAsync(MediaReader reader, List<byte> got)
    {
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                got.AddRange(block.Memory.Span);
        }
    }
}
