using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>Asks for the leases of one document: where it is stored now, and with which accounts not.</summary>
sealed class FileLeases(MediaItem item, JobAttempt attempt, LeaseDesk desk)
{
    readonly Lock _lock = new();
    readonly HashSet<string> _excluded = new(StringComparer.Ordinal);
    int _dc = item.Dc;

    /// <summary>Bytes of the document.</summary>
    public long Size => item.SizeBytes;

    public long DocumentId => item.DocumentId;

    public TimeProvider Time => desk.Time;

    /// <summary>Accounts that the document may be read through with so many bytes to go.</summary>
    public int AccountsFor(long bytes) => desk.AccountsFor(bytes);

    /// <summary>This account cannot read the document, or must wait too long.</summary>
    public void Exclude(string account)
    {
        lock (_lock)
            _excluded.Add(account);
    }

    /// <summary>The document is stored in another data centre.</summary>
    public void MoveTo(int dc) => Volatile.Write(ref _dc, dc);

    /// <summary>A lease, waited for where that helps.</summary>
    /// <param name="bytes">Still to read.</param>
    /// <param name="inUse">Accounts that read the document already.</param>
    /// <exception cref="BrokerException">None to be had.</exception>
    public Task<DocumentLease> AcquireAsync(long bytes, IEnumerable<string> inUse, CancellationToken ct) =>
        desk.AcquireAsync(Request(bytes, inUse), attempt, ct);

    /// <summary>A lease on an account that nobody uses; null when there is none.</summary>
    public Task<DocumentLease?> TrySpareAsync(long bytes, IEnumerable<string> inUse, CancellationToken ct) =>
        desk.TrySpareAsync(Request(bytes, inUse), attempt, ct);

    /// <summary>The document with a fresh file reference of the lease's account.</summary>
    /// <exception cref="BrokerException">stale_fence; message_not_found.</exception>
    public async Task<MediaAccess> FreshAsync(DocumentLease lease, CancellationToken ct)
    {
        var request = new LocationRequest
        {
            Fence = lease.Grant.Fence,
            DocumentId = item.DocumentId,
            Picture = item.Picture,
            Origin = item.Origin,
        };
        var fresh = await desk.Broker.RefreshLocationAsync(lease.Grant.LeaseId, request, ct);
        return lease.Access(fresh.Location);
    }

    LeaseRequest Request(long bytes, IEnumerable<string> inUse)
    {
        lock (_lock)
        {
            return new()
            {
                DocumentId = item.DocumentId,
                Picture = item.Picture,
                Origin = item.Origin,
                Dc = Volatile.Read(ref _dc),
                Bytes = bytes,
                ExcludeAccounts = [.. _excluded.Union(inUse, StringComparer.Ordinal)],
            };
        }
    }
}
