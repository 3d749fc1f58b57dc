using Fleet.Jobs;

namespace Fleet.Worker;

/// <summary>Why an attempt stops before its end.</summary>
enum StopReason
{
    None,

    /// <summary>The owner called the job off.</summary>
    CancelAsked,

    /// <summary>Another worker has the job, or may have it: nothing may be written any more.</summary>
    ClaimLost,

    /// <summary>The process is asked to end.</summary>
    Stopping,

    /// <summary>The delivery was held long enough.</summary>
    SliceOver,
}

/// <summary>The life of one claim: its heartbeat, its progress, and the one reason why it stops early.</summary>
sealed partial class JobAttempt : IAsyncDisposable
{
    readonly JobClaims _claims;
    readonly Assets _assets;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly CancellationTokenSource _stop = new();
    readonly CancellationTokenSource _ended = new();
    readonly CancellationTokenSource _slice;
    readonly Task _heartbeat;
    readonly TimeSpan _interval;
    readonly long _began;
    long _stageSince;
    string _outcome = "lost";
    long _bytesDone;
    long _bytesTotal;
    AssetClaim? _asset;
    int _reason;

    public JobAttempt(
        JobClaim claim,
        JobClaims claims,
        Assets assets,
        WorkerOptions options,
        TimeProvider time,
        ILogger log
    )
    {
        Claim = claim;
        _claims = claims;
        _assets = assets;
        _time = time;
        _log = log;
        _began = _stageSince = time.GetTimestamp();
        _interval = options.Heartbeat < claims.RenewEvery ? options.Heartbeat : claims.RenewEvery;
        _slice = new(options.Slice, time);
        _slice.Token.Register(() => Stop(StopReason.SliceOver));
        _heartbeat = BeatAsync();
        WorkerMetrics.Began();
    }

    public JobClaim Claim { get; }

    /// <summary>What the worker is doing, for errors.</summary>
    public string Stage { get; private set; } = "resolving";

    /// <summary>The upload that whoever goes on with the file would build on.</summary>
    public AssetUpload? Upload { get; private set; }

    /// <summary>Cancelled when the attempt must stop; <see cref="Reason"/> then says why.</summary>
    public CancellationToken Token => _stop.Token;

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>Stops the attempt; the first reason counts, unless the claim turns out to be lost.</summary>
    public void Stop(StopReason reason)
    {
        if (reason == StopReason.ClaimLost)
            Volatile.Write(ref _reason, (int)reason);
        else
            Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None);
        _stop.Cancel();
    }

    /// <summary>How many bytes the whole job has to fetch.</summary>
    public void Expect(long bytes) => Volatile.Write(ref _bytesTotal, bytes);

    /// <summary>More bytes were fetched.</summary>
    public void Fetched(long bytes)
    {
        Interlocked.Add(ref _bytesDone, bytes);
        WorkerMetrics.Downloaded(bytes);
    }

    /// <summary>Bytes that an earlier attempt has fetched already.</summary>
    public void Kept(long bytes) => Interlocked.Add(ref _bytesDone, bytes);

    /// <summary>How it ended, for the measurements: succeeded, a fault's code, or why it was stopped.</summary>
    public void EndsAs(string outcome) => _outcome = outcome;

    public async Task SetStageAsync(string stage)
    {
        if (string.Equals(stage, Stage, StringComparison.Ordinal))
            return;
        LeaveStage();
        Stage = stage;
        Check(await _claims.SetStageAsync(Claim, stage, Token));
    }

    void LeaveStage()
    {
        WorkerMetrics.LeftStage(Stage, _time.GetElapsedTime(_stageSince));
        _stageSince = _time.GetTimestamp();
    }

    /// <summary>Acts on what comes next. Throws when nothing may come next.</summary>
    public AssetTurn Take(AssetTurn turn)
    {
        if (turn is AssetTurn.Refused { State: var state })
            Check(state);
        if (turn is AssetTurn.Transfer { Asset: var asset })
        {
            Upload = asset.Upload;
            Interlocked.Exchange(ref _bytesDone, asset.BytesDone);
            Volatile.Write(ref _asset, asset);
        }
        return turn;
    }

    /// <summary>Remembers the upload for whoever goes on with the file. Under this claim's fence: from here on it is this attempt's.</summary>
    public async Task SaveAsync(AssetClaim asset, AssetUpload? upload)
    {
        Check(await _assets.SaveUploadAsync(asset, upload, Token));
        Upload = upload;
    }

    /// <summary>Acts on the answer to a fenced write.</summary>
    void Check(ClaimState state)
    {
        if (state == ClaimState.Held)
            return;
        Stop(state == ClaimState.CancelAsked ? StopReason.CancelAsked : StopReason.ClaimLost);
        Token.ThrowIfCancellationRequested();
    }

    /// <summary>Renews the claim until the attempt has ended, also while it cleans up.</summary>
    async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(_interval, _time);
        var renewed = _time.GetTimestamp();
        var bytes = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                var now = Volatile.Read(ref _bytesDone);
                var rate = (long)(Math.Max(0, now - bytes) / _interval.TotalSeconds);
                bytes = now;
                if (await RenewAsync(now, rate))
                    renewed = _time.GetTimestamp();
                else if (_time.GetElapsedTime(renewed) > 3 * _claims.RenewEvery)
                    Stop(StopReason.ClaimLost); // a quarter of the lease is left to stop in
            }
        }
        catch (OperationCanceledException)
        {
            // the attempt has ended
        }
    }

    async Task<bool> RenewAsync(long done, long rate)
    {
        var total = Volatile.Read(ref _bytesTotal);
        var progress = total > 0 ? new JobProgress(Math.Min(done, total), total, rate) : null;
        var asset = Volatile.Read(ref _asset) is { } claimed
            ? new AssetProgress(claimed.AssetId, Math.Max(0, done - claimed.BytesDone))
            : null;
        try
        {
            var state = await _claims.RenewAsync(Claim, progress, asset, _ended.Token);
            if (state == ClaimState.CancelAsked)
                Stop(StopReason.CancelAsked);
            if (state == ClaimState.Lost)
                Stop(StopReason.ClaimLost);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            RenewalFailed(_log, Claim.JobId, e.GetType().Name);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _heartbeat;
        LeaveStage();
        WorkerMetrics.Ended(_outcome, _time.GetElapsedTime(_began));
        _slice.Dispose();
        _stop.Dispose();
        _ended.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "The claim on job {JobId} could not be renewed: {Error}")]
    static partial void RenewalFailed(ILogger log, Guid jobId, string error);
}
