using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>
/// One document, read in order over as many leases as it takes: an account that must wait, or may no more, is replaced
/// by another in the middle of the file.
/// </summary>
sealed partial class RemoteFile(MediaItem item, JobAttempt attempt, LeaseDesk desk, MediaReaderContext context)
    : IAsyncDisposable
{
    const int MaxSwitches = 16;

    readonly List<DocumentLease> _leases = [];
    readonly HashSet<string> _excluded = new(StringComparer.Ordinal);
    int _dc = item.Dc;
    Exception? _interruption;
    LossWatch? _watch;

    /// <summary>The bytes from an offset to the end, exactly as many as the document has. The caller disposes each block.</summary>
    /// <exception cref="TransferException">The document ended early.</exception>
    public async IAsyncEnumerable<MediaBlock> ReadAsync(long start, [EnumeratorCancellation] CancellationToken ct)
    {
        var offset = start;
        for (var switches = 0; offset < item.SizeBytes; switches++)
        {
            if (_interruption is not null && switches >= MaxSwitches)
                throw _interruption;
            var lease = await LeaseAsync(item.SizeBytes - offset, ct);
            using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
            using var watch = new LossWatch(reading);
            watch.Add(lease);
            _watch = watch;
            using var reader = new MediaReader(lease.Access(lease.Grant.Location), item.SizeBytes, RenewAsync, context);
            await using var blocks = reader.ReadAsync(offset, reading.Token).GetAsyncEnumerator(reading.Token);
            _interruption = null;
            while (await MoveNextAsync(blocks, ct))
            {
                offset += blocks.Current.Memory.Length;
                yield return blocks.Current;
            }
            if (_interruption is null && offset != item.SizeBytes)
                throw new TransferException($"The file ended at byte {offset} of {item.SizeBytes}.");
        }
        await ReleaseAsync(); // what follows may take long, and needs no account
    }

    /// <summary>False at the end, and where another lease may go on; the reason is kept.</summary>
    async Task<bool> MoveNextAsync(IAsyncEnumerator<MediaBlock> blocks, CancellationToken ct)
    {
        try
        {
            return await blocks.MoveNextAsync();
        }
        catch (TelegramException e) when (e.Remedy is Remedy.Wait or Remedy.AnotherAccount)
        {
            _excluded.Add(_leases[^1].Grant.Account);
            _interruption = e;
        }
        catch (BrokerException e) when (e.Code is BrokerCodes.StaleFence)
        {
            _interruption = e;
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            _interruption = e; // the lease was lost
        }
        LeaseReplaced(context.Log, item.DocumentId, _leases[^1].Grant.Account, _interruption.GetType().Name);
        return false;
    }

    async Task<DocumentLease> LeaseAsync(long bytes, CancellationToken ct)
    {
        await ReleaseAsync();
        var request = new LeaseRequest
        {
            DocumentId = item.DocumentId,
            Picture = item.Picture,
            Origin = item.Origin,
            Dc = _dc,
            Bytes = bytes,
            ExcludeAccounts = [.. _excluded],
        };
        try
        {
            _leases.Add(await desk.AcquireAsync(request, attempt, ct));
            return _leases[^1];
        }
        catch (BrokerException e) when (e.Code is BrokerCodes.NoAccount && _interruption is FloodException flood)
        {
            ExceptionDispatchInfo.Throw(flood); // the accounts there are must wait, and this one knows how long
            throw;
        }
    }

    /// <summary>Called by the reader, once at a time, when a part cannot be had as before.</summary>
    async Task<MediaAccess> RenewAsync(AccessRenewal renewal, CancellationToken ct)
    {
        var lease = _leases[^1];
        if (renewal.Fault == AccessFault.FileReference)
        {
            var fresh = await desk.Broker.RefreshLocationAsync(
                lease.Grant.LeaseId,
                new()
                {
                    Fence = lease.Grant.Fence,
                    DocumentId = item.DocumentId,
                    Picture = item.Picture,
                    Origin = item.Origin,
                },
                ct
            );
            return lease.Access(fresh.Location);
        }
        if (renewal.Fault == AccessFault.KeyRejected)
            await lease.ReportKeyRejectedAsync(ct);
        _dc = renewal.Dc;
        var request = new LeaseRequest
        {
            DocumentId = item.DocumentId,
            Picture = item.Picture,
            Origin = item.Origin,
            Dc = _dc,
            Bytes = item.SizeBytes,
            ExcludeAccounts = [.. _excluded],
        };
        // Parts in flight still hold the old pool, so the old lease ends with the read.
        _leases.Add(await desk.AcquireAsync(request, attempt, ct));
        _watch?.Add(_leases[^1]);
        return _leases[^1].Access(_leases[^1].Grant.Location);
    }

    async Task ReleaseAsync()
    {
        foreach (var lease in _leases)
            await lease.DisposeAsync();
        _leases.Clear();
    }

    public async ValueTask DisposeAsync() => await ReleaseAsync();

    /// <summary>Ends the reading when a lease that it uses is lost.</summary>
    sealed class LossWatch(CancellationTokenSource reading) : IDisposable
    {
        readonly List<CancellationTokenRegistration> _registrations = [];

        public void Add(DocumentLease lease) => _registrations.Add(lease.Lost.Register(reading.Cancel));

        public void Dispose()
        {
            foreach (var registration in _registrations)
                registration.Dispose();
        }
    }

    [LoggerMessage(
        LogLevel.Information,
        "Document {DocumentId} goes on with another lease than that of {Account}: {Reason}"
    )]
    static partial void LeaseReplaced(ILogger log, long documentId, string account, string reason);
}
