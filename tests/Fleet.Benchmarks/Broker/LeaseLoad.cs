using System.Collections.Concurrent;
using Fleet.Sessions;

namespace Fleet.Benchmarks;

/// <summary>Workers' side of many leases: takes, renews and returns them so that their number stays the same.</summary>
public sealed class LeaseLoad(BrokerClient broker)
{
    const int AtOnce = 16;
    const long FileBytes = 10_000_000;

    readonly ConcurrentQueue<LeaseGrant> _young = new();
    readonly ConcurrentQueue<LeaseGrant> _old = new();
    readonly ConcurrentDictionary<string, int> _grants = new(StringComparer.Ordinal);
    readonly ConcurrentBag<double> _milliseconds = [];
    readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    int _next;

    /// <summary>How long grants took, in milliseconds, sorted; of <see cref="RunAsync"/>, since <see cref="Forget"/>.</summary>
    public IReadOnlyList<double> Milliseconds => [.. _milliseconds.Order()];

    /// <summary>How often each account was given.</summary>
    public IReadOnlyDictionary<string, int> Grants => _grants;

    /// <summary>Calls that the broker refused, by code; there should be none.</summary>
    public string Refusals =>
        _refusals.IsEmpty ? "none" : string.Join(", ", _refusals.Select(r => $"{r.Value} {r.Key}"));

    public int Active => _young.Count + _old.Count;

    /// <summary>Forgets the times: they were of a process that was warming up.</summary>
    public void Forget() => _milliseconds.Clear();

    /// <summary>Takes so many leases, and renews them all.</summary>
    public async Task FillAsync(int leases)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(Enumerable.Range(0, leases), options, async (_, _) => await AcquireAsync());
        await Parallel.ForEachAsync(_young, options, async (grant, _) => await RenewAsync(grant));
        while (_old.Count < leases / 2 && _young.TryDequeue(out var grant))
            _old.Enqueue(grant);
    }

    /// <summary>Asks for leases at an even rate, however long the answers take. For each one, another is renewed in the middle of
    /// its life, and one is returned.</summary>
    public Task RunAsync(int perSecond, TimeSpan duration) =>
        Pace.RunAsync(
            perSecond,
            duration,
            async () =>
            {
                _milliseconds.Add(await Pace.MillisecondsAsync(AcquireAsync));
                await AgeAsync();
            }
        );

    /// <summary>The same as fast as the broker answers, a few at a time.</summary>
    public Task RushAsync(int leases) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, leases),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (_, _) =>
            {
                await AcquireAsync();
                await AgeAsync();
            }
        );

    async Task AgeAsync()
    {
        if (_young.TryDequeue(out var middle))
        {
            await RenewAsync(middle);
            _old.Enqueue(middle);
        }
        if (_old.TryDequeue(out var done))
            await broker.ReleaseAsync(done.LeaseId, done.Fence, CancellationToken.None);
    }

    async Task AcquireAsync()
    {
        var dc = 1 + (Interlocked.Increment(ref _next) % BrokerRig.Dcs);
        var request = new LeaseRequest
        {
            DocumentId = dc,
            Dc = dc,
            Bytes = FileBytes,
            Origin = new OriginRef
            {
                PeerKind = "channel",
                PeerId = dc,
                MessageId = 1,
            },
        };
        try
        {
            var grant = await broker.LeaseAsync(request, CancellationToken.None);
            _grants.AddOrUpdate(grant.Account, 1, (_, count) => count + 1);
            _young.Enqueue(grant);
        }
        catch (BrokerException e)
        {
            _refusals.AddOrUpdate(e.Code, 1, (_, count) => count + 1);
        }
    }

    async Task RenewAsync(LeaseGrant grant)
    {
        var request = new RenewRequest
        {
            Fence = grant.Fence,
            Outcomes = [new LeaseOutcome { Kind = OutcomeKind.Ok, Count = 10 }],
        };
        try
        {
            await broker.RenewAsync(grant.LeaseId, request, CancellationToken.None);
        }
        catch (BrokerException e)
        {
            _refusals.AddOrUpdate(e.Code, 1, (_, count) => count + 1);
        }
    }
}
