using System.Globalization;
using Fleet.Hosting;
using StackExchange.Redis;

namespace Fleet.Broker.Leases;

/// <summary>The lease table in Redis: each operation is one script, so replicas never book the same place twice.</summary>
/// <remarks>All keys share one hash tag, so that they are on one node of a cluster.</remarks>
sealed class RedisLeaseTable(RedisLink redis) : ILeaseTable
{
    /// <summary>Where every end of a lease is told: its data centre.</summary>
    public const string FreedChannel = Root + "freed";

    const string Root = "fleet:{lease}:";

    static readonly RedisScript AcquireScript = RedisScript.Embedded(typeof(RedisLeaseTable), "acquire.lua");
    static readonly RedisScript RenewScript = RedisScript.Embedded(typeof(RedisLeaseTable), "renew.lua");
    static readonly RedisScript ReleaseScript = RedisScript.Embedded(typeof(RedisLeaseTable), "release.lua");
    static readonly RedisScript SeedScript = RedisScript.Embedded(typeof(RedisLeaseTable), "seed.lua");
    static readonly RedisScript ParkScript = RedisScript.Embedded(typeof(RedisLeaseTable), "park.lua");

    static readonly RedisKey Cap = Root + "cap";
    static readonly RedisKey Flood = Root + "flood";
    static readonly RedisKey Epoch = Root + "epoch";

    public Task<LeasePick> AcquireAsync(LeaseAsk ask, DateTimeOffset now, CancellationToken ct) =>
        redis.RunAsync(
            async db =>
                ReadPick(
                    (RedisResult[])
                        await AcquireScript.RunAsync(
                            db,
                            [Ready(ask.Id.Dc), Base(ask.Id.Dc), Cap, Flood, Chat(ask.Chat), Denied(ask.Chat), Epoch],
                            [
                                Ms(now),
                                (long)LeaseRules.Ttl.TotalMilliseconds,
                                ask.Id.Weight,
                                ask.Id.Dc,
                                HeldRoot,
                                ask.Id.Suffix,
                                ask.Fence,
                                LeaseRules.StickyBonus,
                                (long)LeaseRules.FullPause.TotalMilliseconds,
                                .. ask.Exclude.Select(account => (RedisValue)account),
                            ]
                        )
                ),
            ct
        );

    public Task<int> RenewAsync(
        LeaseId id,
        long fence,
        LeaseFeedback feedback,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        redis.RunAsync(
            async db =>
            {
                var answer = (int)
                    await RenewScript.RunAsync(
                        db,
                        [Ready(id.Dc), Base(id.Dc), Cap, Flood, Held(id), Epoch],
                        Ms(now),
                        (long)LeaseRules.Ttl.TotalMilliseconds,
                        Member(id, fence),
                        id.Account,
                        id.Dc,
                        id.Weight,
                        id.GrantedMs,
                        feedback.Ok,
                        feedback.ParkUntil is { } until ? Ms(until) : 0,
                        feedback.Slowed ? 1 : 0,
                        CapRule.Min,
                        CapRule.Max,
                        CapRule.FloodFactor,
                        CapRule.SlowFactor
                    );
                return answer >= 0 ? answer : throw new LeaseTableEmptyException();
            },
            ct
        );

    public Task<bool> ReleaseAsync(LeaseId id, long fence, DateTimeOffset now, CancellationToken ct) =>
        redis.RunAsync(
            async db =>
                (long)
                    await ReleaseScript.RunAsync(
                        db,
                        [Ready(id.Dc), Held(id), Flood],
                        Ms(now),
                        Member(id, fence),
                        id.Account,
                        id.Dc,
                        FreedChannel
                    ) == 1,
            ct
        );

    public Task ParkAsync(ParkedUntil parked, DateTimeOffset now, CancellationToken ct) =>
        redis.RunAsync(
            db => ParkScript.RunAsync(db, [Ready(parked.Dc), Flood], parked.Account, parked.Dc, Ms(parked.Until)),
            ct
        );

    public Task LearnChatAsync(string account, string chat, bool mayRead, DateTimeOffset now, CancellationToken ct) =>
        redis.RunAsync(
            async db =>
            {
                var (to, from) = mayRead ? (Chat(chat), Denied(chat)) : (Denied(chat), Chat(chat));
                var (score, life) = mayRead
                    ? (Ms(now), LeaseRules.ChatTtl)
                    : (Ms(now + LeaseRules.DenialTtl), LeaseRules.DenialTtl);
                var batch = db.CreateBatch();
                var done = Task.WhenAll(
                    batch.SortedSetAddAsync(to, account, score),
                    batch.SortedSetRemoveAsync(from, account),
                    batch.KeyExpireAsync(to, life)
                );
                batch.Execute();
                await done;
                return true;
            },
            ct
        );

    public Task SeedAsync(LeaseSeed seed, DateTimeOffset began, CancellationToken ct) =>
        redis.RunAsync(
            db =>
                SeedScript.RunAsync(
                    db,
                    [Ready(seed.Dc), Base(seed.Dc), Cap, Flood, Epoch],
                    [
                        Ms(began),
                        seed.Dc,
                        Ms(seed.QuietUntil),
                        seed.Restart ? 1 : 0,
                        seed.Accounts.Count,
                        .. seed.Accounts.SelectMany(a => (RedisValue[])[a.Id, a.BaseCap, a.Connections]),
                        .. seed.Parked.SelectMany(flood => (RedisValue[])[flood.Account, Ms(flood.Until)]),
                    ]
                ),
            ct
        );

    static LeasePick ReadPick(RedisResult[] answer) =>
        (string)answer[0] switch
        {
            "granted" => new LeasePick.Granted((string)answer[1], (int)answer[2]),
            "unseeded" => new LeasePick.Unseeded(),
            "flood" => new LeasePick.Flooded(DateTimeOffset.FromUnixTimeMilliseconds((long)answer[1])),
            "quiet" => new LeasePick.Quiet(DateTimeOffset.FromUnixTimeMilliseconds((long)answer[1])),
            "busy" => new LeasePick.Busy(),
            "denied" => new LeasePick.Denied(),
            _ => new LeasePick.NoAccount(),
        };

    const string HeldRoot = Root + "held:";

    static RedisKey Ready(int dc) => string.Create(CultureInfo.InvariantCulture, $"{Root}ready:{dc}");

    static RedisKey Base(int dc) => string.Create(CultureInfo.InvariantCulture, $"{Root}base:{dc}");

    static RedisKey Held(LeaseId id) => string.Create(CultureInfo.InvariantCulture, $"{HeldRoot}{id.Account}:{id.Dc}");

    static RedisKey Chat(string chat) => $"{Root}chat:{chat}";

    static RedisKey Denied(string chat) => $"{Root}denied:{chat}";

    static RedisValue Member(LeaseId id, long fence) =>
        string.Create(CultureInfo.InvariantCulture, $"{id.Weight}:{fence}:{id}");

    static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
