using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>What a reader needs besides the file.</summary>
/// <param name="Memory">Where blocks come from; shared by all readers of the process.</param>
/// <param name="Options">How to read.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Where recoveries are told.</param>
public sealed record MediaReaderContext(MemoryBudget Memory, DownloadOptions Options, TimeProvider Time, ILogger Log);

/// <summary>A remote file of known size, read in order from any offset while its parts are fetched in any order.</summary>
public sealed class MediaReader : IDisposable
{
    readonly MediaReaderContext _context;
    readonly AccessHolder _access;
    readonly PartFetcher _fetcher;

    /// <summary>Opens no connection; the pool of <paramref name="access"/> does, when the first part is asked for.</summary>
    /// <param name="access">How to read the file now.</param>
    /// <param name="size">Its exact size in bytes; every part's length is checked against it.</param>
    /// <param name="renew">Renews access after FILE_REFERENCE_*, FILE_MIGRATE and a refused key.</param>
    /// <param name="context">Memory, options, clock, log.</param>
    public MediaReader(MediaAccess access, long size, RenewAccess renew, MediaReaderContext context)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size;
        _context = context;
        _access = new AccessHolder(access, renew, context.Options.Renewals);
        _fetcher = new PartFetcher(_access, context);
    }

    /// <summary>Exact size of the file in bytes.</summary>
    public long Size { get; }

    /// <summary>How the file is being read now; changes with every renewal.</summary>
    public MediaAccess Access => _access.Current;

    /// <summary>The bytes from <paramref name="start"/> to the end, in order. At most the look-ahead is in flight or waiting;
    /// a consumer that stops pulling stops the download. Ending the enumeration early, or the token, frees everything.</summary>
    /// <returns>Blocks of at most 1 MiB. The consumer owns each and disposes it; it may hold several.</returns>
    /// <exception cref="TelegramException">Why the file cannot be read on. Every byte before it was handed over.</exception>
    public async IAsyncEnumerable<MediaBlock> ReadAsync(long start, [EnumeratorCancellation] CancellationToken ct)
    {
        var plan = new PartPlan(Size, start, _context.Options.PartBytes);
        var window = Channel.CreateBounded<Task<MediaBlock>>(
            new BoundedChannelOptions(_context.Options.LookAheadParts) { SingleReader = true, SingleWriter = true }
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        PartVerifier? verifier = _context.Options.VerifyHashes ? new(_fetcher, Size, _context.Log) : null;
        var reading = new Reading(start, verifier, failed, stop.Token);
        var producer = ProduceAsync(plan, reading, window.Writer);
        try
        {
            await foreach (var block in window.Reader.ReadAllAsync(ct))
                yield return await block;
            await producer;
        }
        finally
        {
            await stop.CancelAsync();
            await producer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (window.Reader.TryRead(out var block))
                await DisposeAsync(block);
        }
    }

    /// <summary>Disposes no pool.</summary>
    public void Dispose() => _access.Dispose();

    /// <summary>Fills the window. A place, then memory, then network, each in file order: the head never starves.</summary>
    async Task ProduceAsync(PartPlan plan, Reading reading, ChannelWriter<Task<MediaBlock>> window)
    {
        var (failed, stop) = (reading.Failed, reading.Stop);
        try
        {
            while (plan.TryNext(out var part) && await window.WaitToWriteAsync(failed.Token))
            {
                var block = await _context.Memory.RentAsync(failed.Token);
                window.TryWrite(FillAsync(part, block, reading)); // the only writer: there is room
            }
        }
        catch (OperationCanceledException) when (failed.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            // The failed part is in the window: the consumer meets its exception there.
        }
        finally
        {
            window.Complete();
        }
    }

    async Task<MediaBlock> FillAsync(Part part, byte[] block, Reading reading)
    {
        var filled = false;
        try
        {
            if (reading.Verifier is { } verifier)
                await verifier.FetchAsync(part, block, reading.Stop);
            else
                await _fetcher.FetchAsync(part, block, avoid: null, reading.Stop);
            filled = true;
            var skip = (int)Math.Max(0, reading.Start - part.Offset);
            return new MediaBlock(_context.Memory, block, part.Offset, skip, part.Length);
        }
        finally
        {
            if (!filled)
            {
                _context.Memory.Return(block);
                await reading.Failed.CancelAsync();
            }
        }
    }

    static async Task DisposeAsync(Task<MediaBlock> block)
    {
        await ((Task)block).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (block.IsCompletedSuccessfully)
            (await block).Dispose();
    }

    /// <summary>What the parts of one read share.</summary>
    /// <param name="Start">First byte wanted.</param>
    /// <param name="Verifier">Null when nothing is verified.</param>
    /// <param name="Failed">Cancelled by the first part that fails: no further part is begun, those before it still come.</param>
    /// <param name="Stop">Ends every part.</param>
    sealed record Reading(long Start, PartVerifier? Verifier, CancellationTokenSource Failed, CancellationToken Stop);
}
