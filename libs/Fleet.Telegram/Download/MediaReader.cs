using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>What a reader needs besides the file.</summary>
/// <param name="Memory">Where blocks come from; shared by all readers of the process.</param>
/// <param name="Options">How to read.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Where recoveries are told.</param>
public sealed record MediaReaderContext(MemoryBudget Memory, DownloadOptions Options, TimeProvider Time, ILogger Log)
{
    /// <summary>Somebody waits for the bytes: the view's parts take turns with all others that wait, and do not queue behind them.</summary>
    public bool IsWatched { get; init; }
}

/// <summary>A remote file of known size. Any number of views of it at once, each with a window of its own, share the pool's
/// connections: blocks in order, a pipe, or a stream that seeks.</summary>
public sealed class MediaReader : IDisposable
{
    readonly MediaReaderContext _context;
    readonly AccessSet _access;
    readonly PartFetcher _fetcher;
    readonly CdnRoute _route;

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
        _access = new AccessSet(new AccessHolder(access, renew, context.Options.Renewals), context.Time);
        _fetcher = new PartFetcher(_access, context);
        _route = new CdnRoute(_fetcher, _access, size, context);
    }

    /// <summary>Exact size of the file in bytes.</summary>
    public long Size { get; }

    /// <summary>How the file is being read now; changes with every renewal. Of several accounts the one that has read longest.</summary>
    public MediaAccess Access => _access.Current;

    /// <summary>Told of every account that the reader goes on without, and why: of a long flood wait, of a failure for which
    /// a read would end if it were the only one, of <see cref="TryDrop"/>. Null: nobody is told. May be called on any
    /// thread; must not wait.</summary>
    public Action<MediaAccess, Exception>? OnDropped
    {
        get => _access.OnDropped;
        init => _access.OnDropped = value;
    }

    /// <summary>Reads the file through one more account from now on. Its flood waits and lost connections hold nobody up.</summary>
    /// <param name="access">The same file as another account sees it.</param>
    /// <param name="renew">Renews this access.</param>
    /// <returns>False when it cannot take part: it follows CDNs and the others do not, or the other way round.</returns>
    public bool TryJoin(MediaAccess access, RenewAccess renew)
    {
        if (access.Location.Key != Access.Location.Key)
            throw new ArgumentException("Another file.", nameof(access));
        if (access.CdnSupported != Access.CdnSupported)
            return false;
        _access.Add(new AccessHolder(access, renew, _context.Options.Renewals));
        return true;
    }

    /// <summary>Goes on without an account, whose pool may then be disposed at once: what was asked of it is asked of the others. False
    /// when it is the only one.</summary>
    public bool TryDrop(DcPool pool, Exception reason) => _access.TryDrop(pool, reason);

    /// <summary>The bytes from <paramref name="start"/> to the end, in order. At most the look-ahead is in flight or waiting;
    /// a consumer that stops pulling stops the download. Ending the enumeration early, or the token, frees everything.</summary>
    /// <returns>Blocks of at most 1 MiB. The consumer owns each and disposes it; it may hold several.</returns>
    /// <exception cref="TelegramException">Why the file cannot be read on. Every byte before it was handed over.</exception>
    public IAsyncEnumerable<MediaBlock> ReadAsync(long start, CancellationToken ct) => ReadAsync(start, _context, ct);

    /// <inheritdoc cref="ReadAsync(long, CancellationToken)"/>
    /// <param name="start">First byte.</param>
    /// <param name="context">Memory and look-ahead of this view: a consumer that may stall must not hold the others' memory.</param>
    /// <param name="ct">Ends the read.</param>
    public async IAsyncEnumerable<MediaBlock> ReadAsync(
        long start,
        MediaReaderContext context,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        await using var window = Window(start, context);
        while (await window.NextAsync(ct) is { } block)
            yield return block;
    }

    /// <summary>The bytes from <paramref name="start"/> to the end as a pipe, without a copy. Nothing is asked for before the first
    /// read. Complete it to free everything.</summary>
    /// <remarks>What is examined but not consumed is held beyond the look-ahead: a consumer that needs N bytes at once
    /// needs a memory budget that leaves N for it.</remarks>
    public PipeReader OpenPipe(long start) => new MediaPipe(Window(start, _context));

    /// <summary>The file as a stream that seeks. A position within the look-ahead is there at once; any other drops what was asked
    /// for. Nothing is asked for before the first read. Reads only asynchronously; disposing it frees everything.</summary>
    public Stream OpenStream() => new MediaStream(Window(0, _context), Size);

    /// <summary>A picture is probed also when hashes are asked for: those do not tell where it ends.</summary>
    PartShape Shape =>
        Access.Location.IsPicture ? PartShape.Probing
        : _context.Options.VerifyHashes || Access.CdnSupported ? PartShape.Aligned
        : PartShape.Tight;

    /// <summary>Disposes no pool. Views must have ended.</summary>
    public void Dispose()
    {
        _route.Dispose();
        _access.Dispose();
    }

    PartWindow Window(long start, MediaReaderContext context) => new(_route, _fetcher, Size, start, Shape, context);
}
