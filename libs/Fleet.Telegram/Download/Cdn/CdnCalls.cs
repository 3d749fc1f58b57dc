using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>The CDN's leave for a file ran out: the data centre that stores it gives another.</summary>
sealed class CdnTokenException(Exception inner)
    : Exception("The token of a file on a CDN is not valid any more.", inner);

/// <summary>upload.getCdnFileHashes: the windows of a file on a CDN from an offset on. For the data centre that stores the file.</summary>
sealed class CdnHashesCall(byte[] fileToken, long offset) : HashListCall
{
    public override string Method => "upload.getCdnFileHashes";

    public override TlObject For(InputFileLocationBase location) =>
        new UploadGetCdnFileHashes { FileToken = fileToken, Offset = offset };
}

/// <summary>upload.reuploadCdnFile: has the CDN given some bytes, and tells their windows. For the data centre that stores the
/// file.</summary>
sealed class CdnReuploadCall(byte[] fileToken, byte[] requestToken) : HashListCall
{
    public override string Method => "upload.reuploadCdnFile";

    public override TlObject For(InputFileLocationBase location) =>
        new UploadReuploadCdnFile { FileToken = fileToken, RequestToken = requestToken };
}
