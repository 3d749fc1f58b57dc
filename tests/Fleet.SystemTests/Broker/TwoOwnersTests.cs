using Fleet.Emulator.Worlds;
using Fleet.Sessions;
using Fleet.Testing;

namespace Fleet.SystemTests.Broker;

/// <summary>Two brokers as processes, of which the owner of the account dies, or stands still and goes on. The emulator
/// would end the login if there ever were two connections: see MainSessionRule.</summary>
[Category("broker")]
public sealed class TwoOwnersTests
{
    const int Kill = 9;
    const int Continue = 18;
    const int Stop = 19;

    static readonly (string, string)[] Quick =
    [
        ("Ownership:Claim", "00:00:02"),
        ("Ownership:ServerCloses", "00:00:02"),
        ("Ownership:Patience", "00:00:01"),
    ];

    BrokerSystem _system = null!;
    (ChildProcess Process, BrokerClient Client) _owner;
    (ChildProcess Process, BrokerClient Client) _other;
    int _posts;

    World World => _system.Telegram.World;

    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        await _system.LoginAsync(World.AddUser());
        _owner = await _system.ServeProcessAsync(Quick);
        _other = await _system.ServeProcessAsync(Quick);
        // A claim of two seconds may be lost even now, when the machine has much else to do.
        await UntilItAnswersAsync(_owner.Client, CancellationToken.None);
        await UntilItAnswersAsync(_other.Client, CancellationToken.None); // by the owner
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test, CancelAfter(60_000)]
    public async Task After_kill_9_of_the_owner_the_other_takes_over(CancellationToken ct)
    {
        _owner.Process.Signal(Kill);

        await UntilItAnswersAsync(_other.Client, ct);

        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_owner_that_stood_still_too_long_finds_its_connection_closed_and_sends_nothing(
        CancellationToken ct
    )
    {
        _owner.Process.Signal(Stop);
        await UntilItAnswersAsync(_other.Client, ct); // while the socket of the stopped process is still open

        var asked = Enumerable.Range(0, 8).Select(_ => _owner.Client.ResolveAsync(Post(), ct)).ToArray();
        _owner.Process.Signal(Continue);
        var answers = await Task.WhenAll(asked.Select(EndOfAsync));
        await UntilItAnswersAsync(_owner.Client, ct);
        await UntilItAnswersAsync(_other.Client, ct);

        Assert.That(answers, Has.None.EqualTo(BrokerCodes.NoAccount));
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_owner_that_stands_still_again_and_again_never_meets_the_other(CancellationToken ct)
    {
        for (var round = 0; round < 3; round++)
        {
            var (still, awake) = round % 2 == 0 ? (_owner, _other) : (_other, _owner);
            still.Process.Signal(Stop);
            await UntilItAnswersAsync(awake.Client, ct);
            still.Process.Signal(Continue);
            await Task.WhenAll(UntilItAnswersAsync(still.Client, ct), UntilItAnswersAsync(awake.Client, ct));
        }

        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    async Task UntilItAnswersAsync(BrokerClient broker, CancellationToken ct)
    {
        while (await EndOfAsync(broker.ResolveAsync(Post(), ct)) is { Length: > 0 })
            ct.ThrowIfCancellationRequested();
    }

    static async Task<string> EndOfAsync(Task<ResolveResponse> call)
    {
        try
        {
            await call;
            return "";
        }
        catch (BrokerException e)
        {
            return e.Code;
        }
    }

    string Post()
    {
        var post = Interlocked.Increment(ref _posts);
        var channel = World.AddChat(ChatKind.Channel, "news", $"channel_{post}");
        return World.Post(channel, new NewDocument(new GeneratedContent(post, 4096))).Link;
    }
}
