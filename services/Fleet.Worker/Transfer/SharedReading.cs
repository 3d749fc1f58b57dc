using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>
/// A document being read through one lease, and through spare ones while accounts are free for it. A lease that is lost, or whose
/// account must wait or fails, is given back and the others go on; with the last one the reading ends.
/// </summary>
sealed partial class SharedReading : IAsyncDisposable
{
    /// <summary>How often spare accounts are asked for, and wanted ones given back.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>How soon after an account joined the next look is; later ones come ever more slowly.</summary>
    static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(500);

    readonly Lock _lock = new();
    readonly List<DocumentLease> _leases = [];
    readonly List<string> _unfit = [];
    readonly List<Task> _released = [];
    readonly List<CancellationTokenRegistration> _watches = [];
    readonly FileLeases _file;
    readonly MediaReaderContext _context;
    readonly CancellationTokenSource _reading;
    readonly MediaReader _reader;
    readonly Task _helping;
    readonly TaskCompletionSource _lookersLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long _position;
    int _lookers = 1; // itself

    /// <param name="lease">Owned from here on.</param>
    /// <param name="start">First byte to read.</param>
    /// <param name="file">Where further leases come from.</param>
    /// <param name="context">How to read.</param>
    /// <param name="ct">Ends the reading.</param>
    public SharedReading(
        DocumentLease lease,
        long start,
        FileLeases file,
        MediaReaderContext context,
        CancellationToken ct
    )
    {
        _file = file;
        _context = context;
        _position = start;
        _reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _reader = new MediaReader(lease.Access(lease.Grant.Location), file.Size, RenewAsync, context)
        {
            OnDropped = (access, reason) => Dropped(access.Pool, reason),
        };
        LastAccount = lease.Grant.Account;
        Add(lease);
        _helping = HelpAsync(_reading.Token);
    }

    /// <summary>The account that the reading ended with.</summary>
    public string LastAccount { get; private set; }

    /// <summary>The bytes from the start on. Ends with <see cref="OperationCanceledException"/> when the last lease is lost.</summary>
    public async IAsyncEnumerable<MediaBlock> ReadAsync()
    {
        await foreach (var block in _reader.ReadAsync(_position, _reading.Token))
        {
            Interlocked.Add(ref _position, block.Memory.Length);
            yield return block;
        }
    }

    /// <summary>Copies a range of the file to somebody who looks at it meanwhile, through the same accounts.</summary>
    /// <param name="start">First byte.</param>
    /// <param name="end">Behind the last byte.</param>
    /// <param name="to">May stall.</param>
    /// <param name="context">Memory and look-ahead of those who look.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Bytes copied; fewer than asked for when the reading ended before.</returns>
    /// <exception cref="TelegramException">The file cannot be read.</exception>
    public async Task<long> CopyAsync(long start, long end, Stream to, MediaReaderContext context, CancellationToken ct)
    {
        if (!TryEnter())
            return 0;
        var position = start;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_reading.Token, ct);
            await foreach (var block in _reader.ReadAsync(start, context, either.Token))
            {
                using (block)
                {
                    var bytes = block.Memory[..(int)Math.Min(block.Memory.Length, end - position)];
                    await to.WriteAsync(bytes, either.Token);
                    position += bytes.Length;
                }
                if (position == end)
                    break;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // the reading has ended
        }
        finally
        {
            Leave();
        }
        return position - start;
    }

    bool TryEnter()
    {
        lock (_lock)
        {
            if (_lookers == 0)
                return false;
            _lookers++;
            return true;
        }
    }

    void Leave()
    {
        lock (_lock)
        {
            if (--_lookers == 0)
                _lookersLeft.SetResult();
        }
    }

    /// <summary>Gives every lease back. Whoever looks is sent away.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reading.CancelAsync();
        Leave();
        await _lookersLeft.Task;
        await _helping;
        foreach (var watch in _watches)
            await watch.DisposeAsync();
        Task[] released;
        lock (_lock)
        {
            _leases.ForEach(Release_NeedsLock);
            _leases.Clear();
            released = [.. _released];
        }
        await Task.WhenAll(released);
        _reader.Dispose();
        _reading.Dispose();
    }

    /// <summary>Called by the reader, once at a time per account, when a part cannot be had as before.</summary>
    async Task<MediaAccess> RenewAsync(AccessRenewal renewal, CancellationToken ct)
    {
        var lease =
            Find(renewal.Stale.Pool) ?? throw new OperationCanceledException("The lease was given back meanwhile.");
        if (renewal.Fault == AccessFault.FileReference)
            return await _file.FreshAsync(lease, ct);
        if (renewal.Fault == AccessFault.KeyRejected)
            await lease.ReportKeyRejectedAsync(ct);
        if (_reader.TryDrop(lease.Pool, renewal.Cause))
            throw new OperationCanceledException("The others go on.");
        _file.MoveTo(renewal.Dc);
        // Parts in flight still hold the old pool, so the old lease ends with the read.
        var next = await _file.AcquireAsync(_file.Size - Interlocked.Read(ref _position), [], ct);
        Add(next);
        LastAccount = next.Grant.Account;
        return next.Access(next.Grant.Location);
    }

    /// <summary>Has spare accounts join while they are free, and gives them back when others want them. Never faults.</summary>
    async Task HelpAsync(CancellationToken ct)
    {
        var pause = FirstLook;
        try
        {
            while (true)
            {
                GiveBackWanted();
                // While accounts join, all that may; while none is free, one question is enough.
                if (await GrowAsync(pause == FirstLook ? int.MaxValue : 1, ct))
                    pause = FirstLook;
                await Task.Delay(pause, _file.Time, ct);
                pause = pause * 2 < LookEvery ? pause * 2 : LookEvery;
            }
        }
        catch (OperationCanceledException)
        {
            // the reading has ended
        }
    }

    /// <summary>Asks for as many spare accounts as the file may still have, all at once. False when none joined.</summary>
    /// <param name="most">No more than these.</param>
    /// <param name="ct">Ends it.</param>
    async Task<bool> GrowAsync(int most, CancellationToken ct)
    {
        string[] inUse;
        int missing;
        var left = _file.Size - Interlocked.Read(ref _position);
        lock (_lock)
        {
            missing = _leases.Exists(l => l.IsWanted) ? 0 : _file.AccountsFor(left) - _leases.Count;
            inUse = [.. _leases.Select(l => l.Grant.Account), .. _unfit];
        }
        var asked = Enumerable.Range(0, Math.Clamp(missing, 0, most)).Select(_ => TryJoinAsync(left, inUse, ct));
        return (await Task.WhenAll(asked)).Contains(true);
    }

    async Task<bool> TryJoinAsync(long left, string[] inUse, CancellationToken ct)
    {
        if (await _file.TrySpareAsync(left, inUse, ct) is not { } lease)
            return false;
        Add(lease);
        if (_reader.TryJoin(lease.Access(lease.Grant.Location), RenewAsync))
        {
            Joined(_context.Log, _file.DocumentId, lease.Grant.Account);
            return true;
        }
        lock (_lock)
            _unfit.Add(lease.Grant.Account); // it reads otherwise than the first
        Forget(lease.Pool);
        return true;
    }

    void GiveBackWanted()
    {
        DocumentLease[] wanted;
        lock (_lock)
            wanted = [.. _leases.Where(l => l is { IsSpare: true, IsWanted: true })];
        foreach (var lease in wanted)
            _reader.TryDrop(lease.Pool, new OperationCanceledException("Others want the account."));
    }

    void Add(DocumentLease lease)
    {
        lock (_lock)
        {
            _leases.Add(lease);
            _watches.Add(lease.Lost.Register(() => Lost(lease)));
        }
    }

    void Lost(DocumentLease lease)
    {
        if (!_reader.TryDrop(lease.Pool, new OperationCanceledException("The lease was lost.")))
            _reading.Cancel();
    }

    /// <summary>The reader goes on without the account.</summary>
    void Dropped(DcPool pool, Exception reason)
    {
        if (Forget(pool) is not { } lease)
            return;
        LeftOut(_context.Log, _file.DocumentId, lease.Grant.Account, reason.GetType().Name);
        // Waits end, faults pass, and a lost lease says nothing of the account.
        if (
            reason
            is TelegramException { Remedy: Remedy.AnotherAccount or Remedy.None }
                or BrokerException { IsTransient: false, Code: not BrokerCodes.StaleFence }
        )
            _file.Exclude(lease.Grant.Account);
    }

    DocumentLease? Forget(DcPool pool)
    {
        lock (_lock)
        {
            if (_leases.Find(l => ReferenceEquals(l.Pool, pool)) is not { } lease)
                return null;
            _leases.Remove(lease);
            if (_leases.Count > 0)
                LastAccount = _leases[^1].Grant.Account;
            Release_NeedsLock(lease);
            return lease;
        }
    }

    DocumentLease? Find(DcPool pool)
    {
        lock (_lock)
            return _leases.Find(l => ReferenceEquals(l.Pool, pool));
    }

    /// <summary>Its pool is closed at once, which ends what it was asked for.</summary>
    void Release_NeedsLock(DocumentLease lease) =>
        _released.Add(Task.Run(() => lease.DisposeAsync().AsTask(), CancellationToken.None));

    [LoggerMessage(LogLevel.Information, "Account {Account} helps to read document {DocumentId}")]
    static partial void Joined(ILogger log, long documentId, string account);

    [LoggerMessage(LogLevel.Information, "Document {DocumentId} is read on without account {Account}: {Reason}")]
    static partial void LeftOut(ILogger log, long documentId, string account, string reason);
}
