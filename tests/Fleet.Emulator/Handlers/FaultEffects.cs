using Fleet.Emulator.Worlds;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>What a scripted error changes in the world, so that a client which obeys it gets on.</summary>
static class FaultEffects
{
    /// <summary>False when the error would make no sense, such as FILE_MIGRATE_4 on data centre 4: serve the call then.</summary>
    public static bool Apply(Call call, RpcError error, TlObject request)
    {
        var file = FileOf(call.World, request);
        switch (error.Message)
        {
            case "AUTH_KEY_UNREGISTERED":
                call.Key.Login = null;
                return true;
            case "TAKEOUT_INVALID":
                call.Server.Takeouts.End(call.Account.UserId, success: false);
                return true;
            case "AUTH_KEY_DUPLICATED"
            or "SESSION_REVOKED"
            or "USER_DEACTIVATED"
            or "USER_DEACTIVATED_BAN" when call.Key.Login is { } login:
                login.Ended = error;
                return true;
            case "FILE_REFERENCE_EXPIRED" or "FILE_REFERENCE_0_EXPIRED" or "FILEREF_UPGRADE_NEEDED":
                file?.ExpireReferences();
                return true;
            case "FILE_TOKEN_INVALID" or "REQUEST_TOKEN_INVALID":
                (file as EmulatedDocument)?.Cdn?.ExpireTokens();
                return true;
        }
        if (error.Code == 420 && error.Argument is { } seconds)
            call.Server.Floods.Open(call.Key.Login?.Account.UserId ?? 0, call.Dc, call.Method, seconds);
        if (!error.Message.StartsWith("FILE_MIGRATE_", StringComparison.Ordinal) || error.Argument is not { } dc)
            return true;
        if (dc == call.Dc || dc is < 1 or > World.DcCount)
            return false;
        file?.MoveTo(dc);
        return true;
    }

    static EmulatedFile? FileOf(World world, TlObject request) =>
        request switch
        {
            UploadGetFile { Location: InputDocumentFileLocation location } => world.DocumentOrNull(location.Id),
            UploadGetFile { Location: InputPhotoFileLocation location } => world.PhotoOrNull(location.Id),
            UploadGetCdnFile { FileToken: var token } => world.DocumentOrNull(CdnCopy.DocumentIdOf(token)),
            UploadReuploadCdnFile { FileToken: var token } => world.DocumentOrNull(CdnCopy.DocumentIdOf(token)),
            UploadGetCdnFileHashes { FileToken: var token } => world.DocumentOrNull(CdnCopy.DocumentIdOf(token)),
            _ => null,
        };
}
