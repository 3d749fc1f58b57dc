using Fleet.MtProto;
using Fleet.MtProto.Transport;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>One account's leave to read one document, kept alive and reported on until it is disposed.</summary>
sealed partial class DocumentLease : IAsyncDisposable
{
    static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
    static readonly TimeSpan ReleaseDeadline = TimeSpan.FromSeconds(5);

    readonly BrokerClient _broker;
    readonly CdnNetwork? _cdn;
    readonly FloodBoard _floods;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly CancellationTokenSource _ended = new();
    readonly CancellationTokenSource _lost = new();
    readonly Task _renewals;
    TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    DateTimeOffset _expiresAt;

    public DocumentLease(
        LeaseGrant grant,
        BrokerClient broker,
        CdnNetwork cdn,
        FloodBoard floods,
        TimeProvider time,
        ILogger log
    )
    {
        Grant = grant;
        _broker = broker;
        _cdn = grant.CdnSupported ? cdn : null;
        _floods = floods;
        _time = time;
        _log = log;
        _expiresAt = grant.ExpiresAt;
        Pool = new DcPool(
            new()
            {
                Dc = grant.Dc,
                Addresses =
                [
                    .. grant.Addresses.Select(a => new DcAddress(grant.Dc, a.Host, a.Port, a.MediaOnly, a.Obfuscated)),
                ],
                Transport = grant.Transport is { } words ? TransportKinds.Parse(words) : TransportKind.Intermediate,
                Proxy = grant.Proxy is { } proxy ? Proxy.Parse(proxy) : null,
                AuthKey = AuthKey.Import(grant.AuthKey),
                ServerSalt = grant.ServerSalt,
                Client = new(
                    grant.Client.ApiId,
                    grant.Client.DeviceModel,
                    grant.Client.SystemVersion,
                    grant.Client.AppVersion,
                    grant.Client.LangCode
                ),
                Connections = grant.Connections,
                WindowBytes = grant.WindowBytes,
                OnFlood = Told,
            },
            time,
            log
        );
        floods.Add(grant.Account, grant.Dc, Pool);
        _renewals = RenewAsync();
    }

    public LeaseGrant Grant { get; }

    /// <summary>The file can be read without it.</summary>
    public bool IsSpare { get; init; }

    /// <summary>Whether the broker would have it back.</summary>
    public bool IsWanted { get; private set; }

    public DcPool Pool { get; }

    /// <summary>Cancelled when the lease is no longer ours: stop using the key.</summary>
    public CancellationToken Lost => _lost.Token;

    public MediaAccess Access(LeaseLocation location) =>
        new(
            Pool,
            new(location.DocumentId, location.AccessHash, location.FileReference)
            {
                Kind = location.Picture is { Of: "photo" } ? FileKind.Photo : FileKind.Document,
                SizeType = location.Picture?.SizeType ?? "",
            },
            _cdn
        );

    /// <summary>Tells the broker at once that the data centre refuses the key, so that it makes another.</summary>
    public Task ReportKeyRejectedAsync(CancellationToken ct) =>
        ReportAsync([new() { Kind = OutcomeKind.KeyRejected }], ct);

    void Told(TimeSpan wait)
    {
        _floods.Told(Grant.Account, Grant.Dc, wait);
        Volatile.Read(ref _news).TrySetResult();
    }

    /// <summary>Renews and reports in time, and at once when the account was told to wait: the broker must not lend it then.</summary>
    async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.WhenAny(_news.Task, Task.Delay(RenewEvery, _time, _ended.Token));
                _ended.Token.ThrowIfCancellationRequested();
                if (_news.Task.IsCompleted)
                    Volatile.Write(ref _news, new(TaskCreationOptions.RunContinuationsAsynchronously));
                if (!await TryReportAsync(_ended.Token) || _time.GetUtcNow() >= _expiresAt)
                {
                    LeaseLost(_log, Grant.Account, Grant.Dc);
                    await _lost.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // given back
        }
    }

    /// <summary>False when the broker says that the lease is another's; a broker that cannot be reached changes nothing before the expiry.</summary>
    async Task<bool> TryReportAsync(CancellationToken ct)
    {
        try
        {
            await ReportAsync(Outcomes(), ct);
            return true;
        }
        catch (BrokerException e)
        {
            return e.Code is not BrokerCodes.StaleFence;
        }
    }

    async Task ReportAsync(LeaseOutcome[] outcomes, CancellationToken ct)
    {
        var answer = await _broker.RenewAsync(Grant.LeaseId, new() { Fence = Grant.Fence, Outcomes = outcomes }, ct);
        _expiresAt = answer.ExpiresAt;
        IsWanted = answer.Wanted;
        if (answer is { Connections: > 0, WindowBytes: > 0 })
            Pool.Resize(answer.Connections, answer.WindowBytes);
        if (answer.WaitMs > 0)
            _floods.Flood(Grant.Account, Grant.Dc, TimeSpan.FromMilliseconds(answer.WaitMs));
    }

    LeaseOutcome[] Outcomes()
    {
        var seen = Pool.TakeOutcomes();
        var outcomes = new List<LeaseOutcome>(3);
        if (seen.Parts > 0)
            outcomes.Add(new() { Kind = OutcomeKind.Ok, Count = seen.Parts });
        if (seen.Floods > 0)
            outcomes.Add(
                new()
                {
                    Kind = OutcomeKind.FloodWait,
                    Count = seen.Floods,
                    Seconds = seen.FloodSeconds,
                }
            );
        if (seen.PremiumWaits > 0)
        {
            outcomes.Add(
                new()
                {
                    Kind = OutcomeKind.PremiumWait,
                    Count = seen.PremiumWaits,
                    Seconds = seen.PremiumSeconds,
                }
            );
        }
        return [.. outcomes];
    }

    /// <summary>Closes the connections, reports what was seen and gives the lease back; within 5 seconds each.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _renewals;
        _floods.Remove(Grant.Account, Grant.Dc, Pool);
        await Pool.DisposeAsync();
        using var deadline = new CancellationTokenSource(ReleaseDeadline, _time);
        try
        {
            if (!_lost.IsCancellationRequested && Outcomes() is { Length: > 0 } last)
                await ReportAsync(last, deadline.Token);
            await _broker.ReleaseAsync(Grant.LeaseId, Grant.Fence, deadline.Token);
        }
        catch (Exception e) when (e is BrokerException or OperationCanceledException)
        {
            ReleaseFailed(_log, Grant.Account, e.GetType().Name); // it expires by itself
        }
        _ended.Dispose();
        _lost.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "The lease of account {Account} in DC {Dc} was lost")]
    static partial void LeaseLost(ILogger log, string account, int dc);

    [LoggerMessage(LogLevel.Information, "The lease of account {Account} could not be given back: {Error}")]
    static partial void ReleaseFailed(ILogger log, string account, string error);
}
