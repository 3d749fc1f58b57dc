using Fleet.Tl.Api;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>
/// Where one reader's parts come from: the data centre that stores the file until it redirects, then the CDN, verified; the
/// former again when the redirect ran out, and for good, without cdn_supported, when the CDN fails.
/// One part asks for a redirect, or follows one, on behalf of all.
/// </summary>
sealed partial class CdnRoute(PartFetcher origin, AccessSet access, long size, MediaReaderContext context) : IDisposable
{
    readonly SemaphoreSlim _gate = new(1, 1);
    readonly CancellationTokenSource _stop = new();
    readonly List<CdnFile> _files = [];
    Redirected? _current;
    bool _wasRedirected;
    volatile bool _isGivenUp;
    int _fruitless; // redirects without one part received in between

    /// <summary>Whether the part is to be asked of the data centre that stores the file, as most are, and makes the call ready for it.
    /// Spares those the way through here: with many parts at once, each asynchronous method on it costs memory.</summary>
    public bool IsStraight(PartCall call)
    {
        call.CdnSupported = MayRedirect;
        return Volatile.Read(ref _current) is null && !Volatile.Read(ref _wasRedirected);
    }

    bool MayRedirect => !_isGivenUp && access.Current.CdnSupported;

    /// <summary>Fills the call's block with its part, by whatever way.</summary>
    /// <param name="call">Begun; not asked yet, or answered with a redirect.</param>
    /// <param name="lease">To be used for every try.</param>
    /// <param name="verifier">Checks what comes from the data centre itself; null for nothing. What comes from a CDN is always checked.</param>
    /// <exception cref="MediaException">hash_mismatch: it is wrong, even when fetched again. cdn_unavailable: it is not to be had
    /// in any other way than from a CDN that fails.</exception>
    public async Task FetchAsync(PartCall call, PartLease lease, PartVerifier? verifier, CancellationToken ct)
    {
        if (RedirectOrNull(call) is { } first)
            await FollowAsync(first, ct);
        while (true)
        {
            if (Volatile.Read(ref _current) is { } redirected)
            {
                if (await TryCdnAsync(redirected, call, lease, ct))
                    return;
            }
            else if (Volatile.Read(ref _wasRedirected))
            {
                if (await AskAnewAsync(call, lease, verifier, ct))
                    return;
            }
            else if (await TryOriginAsync(call, lease, verifier, ct) is { } redirect)
            {
                await FollowAsync(redirect, ct);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Views must have ended.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var file in _files)
            file.Dispose();
        _gate.Dispose();
        _stop.Dispose();
    }

    /// <summary>Null when the part came.</summary>
    async Task<UploadFileCdnRedirect?> TryOriginAsync(
        PartCall call,
        PartLease lease,
        PartVerifier? verifier,
        CancellationToken ct
    )
    {
        call.BeginAgain();
        call.CdnSupported = MayRedirect;
        if (verifier is not null)
            await verifier.FetchAsync(call, lease, ct);
        else
            await origin.FetchAsync(call, lease, avoid: null, ct);
        return RedirectOrNull(call);
    }

    static UploadFileCdnRedirect? RedirectOrNull(PartCall call)
    {
        if (call.Detour is not UploadFileCdnRedirect redirect)
            return null;
        return call.CdnSupported
            ? redirect
            : throw new MediaException(
                MediaErrors.CdnUnavailable,
                $"Telegram gives the file from CDN {redirect.DcId} only, and that cannot be read.",
                Remedy.Later
            );
    }

    /// <summary>False when the redirect does not hold any more, or the CDN was given up.</summary>
    async Task<bool> TryCdnAsync(Redirected redirected, PartCall call, PartLease lease, CancellationToken ct)
    {
        try
        {
            await redirected.Verifier.FetchAsync(call.OnCdn(redirected.File.Token), lease, ct);
            Volatile.Write(ref _fruitless, 0);
            return true;
        }
        catch (CdnTokenException)
        {
            Interlocked.CompareExchange(ref _current, null, redirected);
        }
        catch (TelegramException e) when (e is not MediaException { Code: MediaErrors.HashMismatch })
        {
            GiveUp(redirected.Dc, e.Message);
        }
        return false;
    }

    /// <summary>The redirect ran out: one part asks for another. True when it, and not only a redirect, came.</summary>
    async Task<bool> AskAnewAsync(PartCall call, PartLease lease, PartVerifier? verifier, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_current is not null || !_wasRedirected)
                return false; // another part has asked
            if (await TryOriginAsync(call, lease, verifier, ct) is { } redirect)
            {
                await FollowNeedsGateAsync(redirect, ct);
                return false;
            }
            Volatile.Write(ref _wasRedirected, false);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task FollowAsync(UploadFileCdnRedirect redirect, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_current is null && !_isGivenUp)
                await FollowNeedsGateAsync(redirect, ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task FollowNeedsGateAsync(UploadFileCdnRedirect redirect, CancellationToken ct)
    {
        var from = access.Current;
        if (from.Cdn is not { } network || ++_fruitless > context.Options.Renewals)
        {
            GiveUp(redirect.DcId, "redirects lead nowhere");
            return;
        }
        try
        {
            var file = await CdnFile.OpenAsync(redirect, origin, from.Location, network, context, ct);
            _files.Add(file);
            Following(context.Log, from.Location.DocumentId, file.Dc);
            Volatile.Write(ref _wasRedirected, true);
            var verifier = new PartVerifier(file, size, isStrict: true, context.Log, _stop.Token);
            Volatile.Write(ref _current, new Redirected(file, verifier));
        }
        catch (TelegramException failure)
        {
            GiveUp(redirect.DcId, failure.Message);
        }
    }

    /// <summary>From now on the file is asked for as if we knew no CDN.</summary>
    void GiveUp(int dc, string reason)
    {
        if (!_isGivenUp)
            GivenUp(context.Log, access.Current.Location.DocumentId, dc, reason);
        _isGivenUp = true;
        Volatile.Write(ref _wasRedirected, false);
        Volatile.Write(ref _current, null);
    }

    /// <summary>A redirect that is followed.</summary>
    sealed record Redirected(CdnFile File, PartVerifier Verifier)
    {
        public int Dc => File.Dc;
    }

    [LoggerMessage(LogLevel.Information, "Document {DocumentId} is read from CDN {Dc}")]
    static partial void Following(ILogger log, long documentId, int dc);

    [LoggerMessage(LogLevel.Warning, "Document {DocumentId} is not read from CDN {Dc} any more: {Reason}")]
    static partial void GivenUp(ILogger log, long documentId, int dc, string reason);
}
