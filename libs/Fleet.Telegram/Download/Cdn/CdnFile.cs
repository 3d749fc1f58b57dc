using System.Runtime.CompilerServices;
using Fleet.MtProto;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>One file on a CDN, under the token of one redirect: its parts decrypted, its hashes as the data centre that stores it
/// tells them. What it gives is not verified yet: a CDN is not to be trusted.</summary>
sealed class CdnFile : IPartSource, IDisposable
{
    const int MaxReuploads = 5;

    /// <summary>Hashes kept; they can be asked for again.</summary>
    const int MaxKnown = 4096;

    readonly Lock _lock = new();
    readonly Dictionary<long, FileHash> _known = [];
    readonly PartFetcher _origin;
    readonly UploadFileCdnRedirect _redirect;
    readonly CdnCipher _cipher;
    readonly AccessSet _access;
    readonly PartFetcher _cdn;

    CdnFile(
        PartFetcher origin,
        UploadFileCdnRedirect redirect,
        CdnNetwork network,
        MediaAccess access,
        MediaReaderContext context
    )
    {
        _origin = origin;
        _redirect = redirect;
        _cipher = new CdnCipher(redirect.EncryptionKey, redirect.EncryptionIv);
        var holder = new AccessHolder(
            access,
            async (renewal, ct) =>
                access with
                {
                    Pool = await network.PoolAsync(redirect.DcId, renewal.Stale.Pool, ct),
                },
            context.Options.Renewals
        );
        _access = new AccessSet(holder, context.Time);
        _cdn = new PartFetcher(_access, context);
        Learn(redirect.FileHashes);
    }

    /// <summary>Follows a redirect; makes a key with the CDN when there is none.</summary>
    /// <param name="origin">Calls to the data centre that stores the file.</param>
    /// <param name="location">The file.</param>
    /// <exception cref="TelegramException">The redirect leads nowhere.</exception>
    public static async Task<CdnFile> OpenAsync(
        UploadFileCdnRedirect redirect,
        PartFetcher origin,
        FileLocation location,
        CdnNetwork network,
        MediaReaderContext context,
        CancellationToken ct
    )
    {
        if (!CdnCipher.Fits(redirect.EncryptionKey, redirect.EncryptionIv))
            throw new MediaException(MediaErrors.ProtocolViolation, "A CDN redirect has no AES key.", Remedy.Later);
        var pool = await network.PoolAsync(redirect.DcId, refused: null, ct);
        return new CdnFile(origin, redirect, network, new MediaAccess(pool, location), context);
    }

    /// <summary>Number of the data centre.</summary>
    public int Dc => _redirect.DcId;

    /// <summary>Names the file to the CDN.</summary>
    public byte[] Token => _redirect.FileToken;

    /// <inheritdoc/>
    /// <exception cref="CdnTokenException">Another redirect is needed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MtConnection?> FetchAsync(
        PartCall call,
        PartLease lease,
        MtConnection? avoid,
        CancellationToken ct
    )
    {
        for (var reuploads = 0; ; reuploads++)
        {
            var from = await AskCdnAsync(call, lease, avoid, ct);
            if (call.Detour is not UploadCdnFileReuploadNeeded needed)
            {
                _cipher.Apply(call.Part.Offset, call.Block.AsSpan(0, call.Part.Length));
                return from;
            }
            if (reuploads == MaxReuploads)
                throw new UnavailableException($"CDN {Dc} asks for the same bytes again and again.");
            Learn(await AskOriginAsync(new CdnReuploadCall(Token, needed.RequestToken), ct));
            call.BeginAgain();
        }
    }

    /// <inheritdoc/>
    public async Task<FileHash[]> HashesAsync(long offset, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(offset, out var known))
                return [known];
        }
        return await AskOriginAsync(new CdnHashesCall(Token, offset), ct);
    }

    public void Dispose()
    {
        _access.Dispose();
        _cipher.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<MtConnection?> AskCdnAsync(
        PartCall call,
        PartLease lease,
        MtConnection? avoid,
        CancellationToken ct
    )
    {
        try
        {
            return await _cdn.FetchAsync(call, lease, avoid, ct);
        }
        catch (MediaException e) when (IsTokenRefused(e))
        {
            throw new CdnTokenException(e);
        }
    }

    async Task<FileHash[]> AskOriginAsync(HashListCall call, CancellationToken ct)
    {
        try
        {
            await _origin.FetchAsync(call, new PartLease(), avoid: null, ct);
            return call.Answer;
        }
        catch (MediaException e) when (IsTokenRefused(e))
        {
            throw new CdnTokenException(e);
        }
    }

    void Learn(FileHash[] hashes)
    {
        lock (_lock)
        {
            if (_known.Count + hashes.Length > MaxKnown)
                _known.Clear();
            foreach (var hash in hashes.AsSpan(0, Math.Min(hashes.Length, MaxKnown)))
                _known[hash.Offset] = hash;
        }
    }

    static bool IsTokenRefused(MediaException error) =>
        error.InnerException is RpcException refused
        && (refused.Is("FILE_TOKEN_INVALID") || refused.Is("REQUEST_TOKEN_INVALID"));
}
