using Fleet.MtProto;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>Fetches the parts of one read and lets through only what the server's own hashes do not contradict. Parts are best
/// begun about in file order: few answers are remembered.</summary>
/// <param name="source">Where parts and hashes come from.</param>
/// <param name="size">Bytes of the file.</param>
/// <param name="isStrict">Lets nothing through that has no hash: for bytes from somebody who is not trusted.</param>
/// <param name="log">Where faults are told.</param>
/// <param name="stop">Ends the asking for hashes, which parts share.</param>
sealed partial class PartVerifier(IPartSource source, long size, bool isStrict, ILogger log, CancellationToken stop)
{
    /// <summary>MiB of the file whose hashes are kept at a time. Parts begin in file order but for a race of few.</summary>
    const int Remembered = 4;

    readonly Lock _lock = new();
    readonly (long Block, Task<HashWindows> Hashes)?[] _asked = new (long, Task<HashWindows>)?[Remembered];
    Task _all = Task.CompletedTask;
    int _told;

    /// <summary>Has the call answered. A part that is wrong is fetched once more; a detour is not looked at.</summary>
    /// <exception cref="MediaException">hash_mismatch: it is wrong again. cdn_unavailable: it has no hash, and must.</exception>
    public async Task FetchAsync(PartCall call, PartLease lease, CancellationToken ct)
    {
        var part = call.Part;
        var asked = HashesOfAsync(part);
        var from = await source.FetchAsync(call, lease, avoid: null, ct);
        if (call.Detour is not null)
            return;
        var hashes = await asked.WaitAsync(ct);
        if (isStrict && Check(call, hashes) == HashVerdict.Unknown)
        {
            // A CDN's hashes may be told only after the bytes were uploaded to it, which fetching does.
            hashes = await AskAsync(new HashWindows(size, part.Offset, part.Offset + part.Length)).WaitAsync(ct);
        }
        if (IsRight(call, hashes))
            return;
        FetchedAgain(log, part.Offset, part.Length);
        call.BeginAgain();
        await source.FetchAsync(call, lease, avoid: from, ct);
        if (call.Detour is null && !IsRight(call, hashes))
        {
            throw new MediaException(
                MediaErrors.HashMismatch,
                $"The part at {part.Offset} does not have the hash that Telegram gives for it.",
                Remedy.Later
            );
        }
    }

    /// <summary>Completes when no hashes are being asked for any more.</summary>
    public async Task EndAsync()
    {
        Task all;
        lock (_lock)
            all = _all;
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The hashes of the 1 MiB that the part is in; asked for once by the first part in there.</summary>
    Task<HashWindows> HashesOfAsync(Part part)
    {
        var block = part.Offset / PartPlan.Block;
        lock (_lock)
        {
            if (_asked[block % Remembered] is { } asked && asked.Block == block)
                return asked.Hashes;
            var from = block * PartPlan.Block;
            var hashes = AskAsync(new HashWindows(size, from, Math.Min(size, from + PartPlan.Block)));
            _asked[block % Remembered] = (block, hashes);
            _all = Task.WhenAll(_all, hashes);
            return hashes;
        }
    }

    async Task<HashWindows> AskAsync(HashWindows windows)
    {
        try
        {
            while (!windows.IsComplete && windows.Add(await source.HashesAsync(windows.Next, stop)))
            {
                // Every answer leads on by at least the smallest window.
            }
        }
        catch (MediaException e) when (e.InnerException is RpcException refused && refused.Is("LOCATION_INVALID"))
        {
            // Telegram has no hashes for some files; they are read as they come.
        }
        return windows;
    }

    bool IsRight(PartCall call, HashWindows hashes)
    {
        var (part, verdict) = (call.Part, Check(call, hashes));
        if (verdict == HashVerdict.Unknown && isStrict)
        {
            throw new MediaException(
                MediaErrors.CdnUnavailable,
                $"Telegram gives no hash for the part at {part.Offset}, which a CDN gave.",
                Remedy.Later
            );
        }
        if (verdict == HashVerdict.Unknown && Interlocked.Exchange(ref _told, 1) == 0)
            Unverified(log, part.Offset);
        return verdict != HashVerdict.Wrong;
    }

    static HashVerdict Check(PartCall call, HashWindows hashes) =>
        hashes.Check(call.Part.Offset, call.Block.AsSpan(0, call.Part.Length));

    [LoggerMessage(
        LogLevel.Warning,
        "The part at {Offset} of {Length} bytes does not have its hash; fetching it again"
    )]
    static partial void FetchedAgain(ILogger log, long offset, int length);

    [LoggerMessage(
        LogLevel.Warning,
        "Telegram gives no hash that fits the part at {Offset}: it and maybe more of this file stays unverified"
    )]
    static partial void Unverified(ILogger log, long offset);
}
