using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Fleet.Sessions;
using Fleet.Telegram;
using Fleet.Worker.Live;

namespace Fleet.Worker.Transfer;

/// <summary>
/// One document, read in order over as many leases as it takes: an account that must wait, or may no more, is replaced
/// by another in the middle of the file; accounts that nobody uses help.
/// </summary>
sealed partial class RemoteFile(
    MediaItem item,
    JobAttempt attempt,
    LiveFile live,
    LeaseDesk desk,
    MediaReaderContext context
)
{
    const int MaxSwitches = 16;

    readonly FileLeases _file = new(item, attempt, desk);
    Exception? _interruption;

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
            await using var reading = new SharedReading(lease, offset, _file, context, ct);
            await using var blocks = reading.ReadAsync().GetAsyncEnumerator(ct);
            using var looking = live.Show(reading);
            _interruption = null;
            while (await MoveNextAsync(reading, blocks, ct))
            {
                offset += blocks.Current.Memory.Length;
                yield return blocks.Current;
            }
            if (_interruption is null && offset != item.SizeBytes)
                throw new TransferException($"The file ended at byte {offset} of {item.SizeBytes}.");
        }
        // The leases are given back by now: what follows may take long, and needs no account.
    }

    /// <summary>False at the end, and where another lease may go on; the reason is kept.</summary>
    async Task<bool> MoveNextAsync(SharedReading reading, IAsyncEnumerator<MediaBlock> blocks, CancellationToken ct)
    {
        try
        {
            return await blocks.MoveNextAsync();
        }
        catch (TelegramException e) when (e.Remedy is Remedy.Wait or Remedy.AnotherAccount)
        {
            _file.Exclude(reading.LastAccount);
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
        LeaseReplaced(context.Log, item.DocumentId, reading.LastAccount, _interruption.GetType().Name);
        return false;
    }

    async Task<DocumentLease> LeaseAsync(long bytes, CancellationToken ct)
    {
        try
        {
            return await _file.AcquireAsync(bytes, [], ct);
        }
        catch (BrokerException e) when (e.Code is BrokerCodes.NoAccount && _interruption is FloodException flood)
        {
            ExceptionDispatchInfo.Throw(flood); // the accounts there are must wait, and this one knows how long
            throw;
        }
    }

    [LoggerMessage(
        LogLevel.Information,
        "Document {DocumentId} goes on with another lease than that of {Account}: {Reason}"
    )]
    static partial void LeaseReplaced(ILogger log, long documentId, string account, string reason);
}
