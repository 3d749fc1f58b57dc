using System.Globalization;
using Fleet.Broker.Leases;
using Fleet.Hosting;
using Fleet.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Fleet.SystemTests.Broker;

/// <summary>Redis and memory answer every call alike, whatever came before.</summary>
[Category("broker")]
public sealed class LeaseTableAgreementTests
{
    const int Stories = 20;
    const int Steps = 200;
    const int Dcs = 2;

    static readonly string[] Accounts = ["a", "b", "c", "d", "e"];
    static readonly string[] Chats = ["channel:1", "channel:2"];

    [Test]
    public async Task Both_tables_tell_the_same_story()
    {
        var server = await Backends.RedisAsync();
        using var link = new RedisLink(
            Options.Create(new RedisOptions { Endpoint = server.Endpoint, Timeout = TimeSpan.FromSeconds(5) }),
            TimeProvider.System,
            NullLogger<RedisLink>.Instance
        );
        var first = Environment.TickCount;
        for (var seed = first; seed < first + Stories; seed++)
        {
            await server.FlushAsync();
            var story = new Story(seed);
            for (var step = 0; step < Steps; step++)
            {
                var act = story.Next();
                var redis = await AnswerAsync(act, new RedisLeaseTable(link));
                var memory = await AnswerAsync(act, story.Memory);
                Assert.That(memory, Is.EqualTo(redis), $"story {seed}, step {step}: {act.Name}");
                story.Learn(act, redis);
            }
        }
    }

    static async Task<string> AnswerAsync(Act act, ILeaseTable table)
    {
        try
        {
            return await act.Run(table);
        }
        catch (LeaseTableEmptyException)
        {
            return "empty";
        }
    }

    /// <summary>One call, made of a seed once and then of both tables.</summary>
    sealed record Act(string Name, Func<ILeaseTable, Task<string>> Run, LeaseAsk? Ask = null);

    sealed class Story(int seed)
    {
        readonly Random _random = new(seed);
        readonly FakeTime _time = new();
        readonly List<(LeaseId Id, long Fence)> _leases = [];
        long _fence;

        public MemoryLeaseTable Memory { get; } = new();

        DateTimeOffset Now => _time.GetUtcNow();

        public Act Next()
        {
            if (_random.Next(3) == 0)
                _time.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 9000)));
            return _random.Next(20) switch
            {
                0 => Seed(),
                1 => Park(),
                2 => Chat(),
                < 6 when _leases.Count > 0 => Release(),
                < 13 when _leases.Count > 0 => Renew(),
                _ => Acquire(),
            };
        }

        /// <summary>Keeps what was granted, to renew and release it later.</summary>
        public void Learn(Act act, string answer)
        {
            if (act.Ask is { } ask && answer.StartsWith("Granted ", StringComparison.Ordinal))
                _leases.Add((ask.Id with { Account = answer.Split(' ')[1] }, ask.Fence));
        }

        Act Acquire()
        {
            var ask = new LeaseAsk(
                LeaseId.New(Dc(), _random.Next(1, 3), Now, ++_fence),
                _fence,
                Chats[_random.Next(Chats.Length)],
                [.. Accounts.Where(_ => _random.Next(6) == 0)]
            );
            var now = Now;
            return new($"{ask}", async table => Words(await table.AcquireAsync(ask, now, default)), ask);
        }

        Act Renew()
        {
            var (id, fence) = Any();
            var ok = _random.Next(3) == 0 ? _random.Next(40) : 0;
            var park = _random.Next(5) == 0 ? Now + TimeSpan.FromSeconds(_random.Next(-1, 40)) : (DateTimeOffset?)null;
            var feedback = new LeaseFeedback(ok, park, Slowed: _random.Next(8) == 0);
            var now = Now;
            return new(
                $"renew {id} {feedback}",
                async table => $"{await table.RenewAsync(id, fence, feedback, now, default)}"
            );
        }

        Act Release()
        {
            var (id, fence) = Any();
            var now = Now;
            return new($"release {id}", async table => $"{await table.ReleaseAsync(id, fence, now, default)}");
        }

        Act Park()
        {
            var account = _random.Next(6) == 0 ? ParkedUntil.Everyone : Account();
            var parked = new ParkedUntil(account, Dc(), Now + TimeSpan.FromSeconds(_random.Next(1, 40)));
            return Silent($"{parked}", (table, now) => table.ParkAsync(parked, now, default));
        }

        Act Chat()
        {
            var (account, chat, may) = (Account(), Chats[_random.Next(Chats.Length)], _random.Next(2) == 0);
            return Silent(
                $"{account} {chat} {may}",
                (table, now) => table.LearnChatAsync(account, chat, may, now, default)
            );
        }

        Act Seed()
        {
            var accounts = Accounts
                .Where(_ => _random.Next(5) > 0)
                .Select(a => _random.Next(6) == 0 ? LeaseRules.Probe(a) : LeaseRules.Leasable(a, _random.Next(3) == 0));
            var filling = new LeaseSeed(Dc(), [.. accounts], [])
            {
                QuietUntil = Now + TimeSpan.FromSeconds(_random.Next(-5, 30)),
                Restart = _random.Next(5) == 0,
            };
            return Silent($"{filling}", (table, now) => table.SeedAsync(filling, now, default));
        }

        Act Silent(string name, Func<ILeaseTable, DateTimeOffset, Task> run)
        {
            var now = Now;
            return new(
                name,
                async table =>
                {
                    await run(table, now);
                    return "";
                }
            );
        }

        /// <summary>A lease that was granted; rarely with a fence that is not its own.</summary>
        (LeaseId Id, long Fence) Any()
        {
            var (id, fence) = _leases[_random.Next(_leases.Count)];
            return (id, _random.Next(12) == 0 ? fence + 1 : fence);
        }

        string Account() => Accounts[_random.Next(Accounts.Length)];

        int Dc() => _random.Next(1, Dcs + 1);

        static string Words(LeasePick pick) =>
            pick switch
            {
                LeasePick.Granted granted => string.Create(
                    CultureInfo.InvariantCulture,
                    $"Granted {granted.Account} {granted.Others}"
                ),
                LeasePick.Flooded flooded => $"Flooded {flooded.RetryAt:O}",
                LeasePick.Quiet quiet => $"Quiet {quiet.Until:O}",
                _ => pick.GetType().Name,
            };
    }
}
