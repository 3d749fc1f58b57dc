using Fleet.Emulator.Worlds;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>Files on the CDN: what the CDN itself answers, and what the data centre that stores the file does.</summary>
/// <remarks>https://core.telegram.org/cdn</remarks>
static class CdnMethods
{
    /// <summary>Number of the one CDN data centre.</summary>
    public const int Dc = 203;

    const int HashesPerCall = 8;

    public static void AddTo(MethodTable table)
    {
        table.Add<HelpGetCdnConfig>("help.getCdnConfig", (call, _) => Config(call), usersOnly: true);
        table.Add<UploadGetCdnFile>("upload.getCdnFile", GetCdnFile, needsLogin: false, usersOnly: true);
        table.Add<UploadReuploadCdnFile>("upload.reuploadCdnFile", Reupload, usersOnly: true);
        table.Add<UploadGetCdnFileHashes>("upload.getCdnFileHashes", GetHashes, usersOnly: true);
    }

    /// <summary>What a CDN refuses: every method but its one, every wrapper but two, and to be told about the client's machine.
    /// Null when the call may go on.</summary>
    public static RpcError? ErrorOrNull(int dc, TlObject request)
    {
        if (dc != Dc)
            return request is UploadGetCdnFile ? new RpcError(400, "METHOD_INVALID") : null;
        for (; request is TlWrapper wrapper; request = wrapper.Query)
        {
            if (wrapper is not (InvokeWithLayer or InitConnection))
                return new RpcError(400, "CDN_METHOD_INVALID");
            if (wrapper is InitConnection { Params: not null } or InitConnection { Proxy: not null })
                return new RpcError(400, "CDN_INIT_PRIVATE");
            if (wrapper is InitConnection init && (init.DeviceModel, init.SystemVersion) != ("n/a", "n/a"))
                return new RpcError(400, "CDN_INIT_PRIVATE");
        }
        return request is UploadGetCdnFile ? null : new RpcError(400, "CDN_METHOD_INVALID");
    }

    /// <summary>The answer to upload.getFile of a file that is on the CDN.</summary>
    public static Answer Redirect(EmulatedDocument document, CdnCopy copy, long offset) =>
        new UploadFileCdnRedirect
        {
            DcId = Dc,
            FileToken = copy.Token(),
            EncryptionKey = copy.Key,
            EncryptionIv = copy.Iv,
            FileHashes = [.. Hashes(document, copy, offset)],
        };

    static CdnConfig Config(Call call) =>
        new()
        {
            PublicKeys =
            [
                .. call
                    .Server.Endpoints.Where(e => e.Dc.IsCdn)
                    .Select(e => new CdnPublicKey { DcId = e.Dc.Id, PublicKey = e.Dc.Rsa.PublicPem }),
            ],
        };

    static Answer GetCdnFile(Call call, UploadGetCdnFile request)
    {
        var (document, copy) = CopyOf(call, request.FileToken);
        if (PartRules.ErrorOrNull(precise: false, request.Offset, request.Limit) is { } error)
            throw new RpcException(400, error);
        var length = (int)Math.Clamp(document.Size - request.Offset, 0, request.Limit);
        return copy.MissingOrNull(request.Offset, request.Offset + length) is null
            ? new PartAnswer(copy.Content, request.Offset, length, IsCdn: true)
            : new UploadCdnFileReuploadNeeded { RequestToken = copy.RequestToken(request.Offset) };
    }

    /// <summary>Uploads up to 1 MiB from the offset that the CDN was asked for.</summary>
    static Answer Reupload(Call call, UploadReuploadCdnFile request)
    {
        var (document, copy) = CopyOf(call, request.FileToken);
        if (copy.OffsetOrNull(request.RequestToken) is not { } offset)
            throw new RpcException(400, "REQUEST_TOKEN_INVALID");
        for (var i = 0; i < HashesPerCall; i++)
            copy.Upload(offset + (i * CdnCopy.PieceBytes));
        return new VectorAnswer([.. Hashes(document, copy, offset)]);
    }

    static Answer GetHashes(Call call, UploadGetCdnFileHashes request)
    {
        var (document, copy) = CopyOf(call, request.FileToken);
        if (request.Offset < 0)
            throw new RpcException(400, "OFFSET_INVALID");
        return new VectorAnswer([.. Hashes(document, copy, request.Offset)]);
    }

    static IEnumerable<FileHash> Hashes(EmulatedDocument document, CdnCopy copy, long offset) =>
        copy.HidesHashes
            ? []
            : UploadMethods.HashesFrom(document.Content, offset).Where(h => copy.Has(h.Offset)).Take(HashesPerCall);

    static (EmulatedDocument Document, CdnCopy Copy) CopyOf(Call call, byte[] fileToken) =>
        call.World.DocumentOrNull(CdnCopy.DocumentIdOf(fileToken)) is { Cdn: { } copy } document
        && copy.IsToken(fileToken)
            ? (document, copy)
            : throw new RpcException(400, "FILE_TOKEN_INVALID");
}
