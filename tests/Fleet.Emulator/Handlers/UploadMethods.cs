using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>upload.getFile by the letter, and upload.getFileHashes.</summary>
/// <remarks>https://core.telegram.org/api/files#downloading-files</remarks>
static class UploadMethods
{
    const int HashWindowBytes = 128 * 1024;
    const int HashesPerCall = 8;

    public static void AddTo(MethodTable table)
    {
        table.Add<UploadGetFile>("upload.getFile", GetFile);
        table.Add<UploadGetFileHashes>("upload.getFileHashes", GetFileHashes);
    }

    static Answer GetFile(Call call, UploadGetFile request)
    {
        var content = ContentOf(call, request.Location);
        if (PartRules.ErrorOrNull(request.Precise, request.Offset, request.Limit) is { } error)
            throw new RpcException(400, error);
        if (CopyOrNull(call, request) is var (document, copy))
            return CdnMethods.Redirect(document, copy, request.Offset);
        var length = (int)Math.Clamp(content.Size - request.Offset, 0, request.Limit);
        return new PartAnswer(content, request.Offset, length);
    }

    /// <summary>The copy on the CDN that the caller is sent to; never for a picture of a document.</summary>
    static (EmulatedDocument Document, CdnCopy Copy)? CopyOrNull(Call call, UploadGetFile request) =>
        request.Location is InputDocumentFileLocation { ThumbSize: "" } location
        && call.World.DocumentOrNull(location.Id) is { Cdn: { } copy } document
        && (copy.IsOnlyThere || request.CdnSupported)
            ? (document, copy)
            : null;

    static Answer GetFileHashes(Call call, UploadGetFileHashes request)
    {
        var content = ContentOf(call, request.Location);
        if (request.Offset < 0)
            throw new RpcException(400, "OFFSET_INVALID");
        return new VectorAnswer([.. HashesFrom(content, request.Offset).Take(HashesPerCall)]);
    }

    /// <summary>The windows from the one that holds the offset to the end, each made when it is taken.</summary>
    public static IEnumerable<FileHash> HashesFrom(FileContent content, long offset)
    {
        offset = offset / HashWindowBytes * HashWindowBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(HashWindowBytes);
        try
        {
            for (; offset < content.Size; offset += HashWindowBytes)
            {
                var length = (int)Math.Min(HashWindowBytes, content.Size - offset);
                content.Read(offset, buffer.AsSpan(0, length));
                yield return new FileHash
                {
                    Offset = offset,
                    Limit = length,
                    Hash = SHA256.HashData(buffer.AsSpan(0, length)),
                };
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Right id, the caller's own access hash, a size that there is, here, and a fresh reference of the caller: in
    /// this order.</summary>
    static FileContent ContentOf(Call call, InputFileLocationBase input)
    {
        var (file, accessHash, reference, size) = input switch
        {
            InputDocumentFileLocation l => (
                (EmulatedFile?)call.World.DocumentOrNull(l.Id),
                l.AccessHash,
                l.FileReference,
                l.ThumbSize
            ),
            InputPhotoFileLocation l => (call.World.PhotoOrNull(l.Id), l.AccessHash, l.FileReference, l.ThumbSize),
            _ => throw new RpcException(400, "LOCATION_INVALID"),
        };
        if (file is null)
            throw new RpcException(400, "FILE_ID_INVALID");
        if (accessHash != call.World.Seals.AccessHash(call.Account, file.Id))
            throw new RpcException(400, "LOCATION_INVALID");
        var content = file.ContentOrNull(size) ?? throw new RpcException(400, "LOCATION_INVALID");
        if (file.Dc != call.Dc)
            throw new RpcException(303, string.Create(CultureInfo.InvariantCulture, $"FILE_MIGRATE_{file.Dc}"));
        if (call.World.Seals.ReferenceErrorOrNull(call.Account, file, reference) is { } error)
            throw new RpcException(400, error);
        return content;
    }
}

/// <summary>Which (offset, limit) pairs upload.getFile takes.</summary>
static class PartRules
{
    const int MaxLimit = 1 << 20;

    /// <summary>OFFSET_INVALID, LIMIT_INVALID, or null when the pair is right.</summary>
    public static string? ErrorOrNull(bool precise, long offset, int limit)
    {
        var step = precise ? 1024 : 4096;
        if (offset < 0 || offset % step != 0)
            return "OFFSET_INVALID";
        if (limit <= 0 || limit > MaxLimit || limit % step != 0)
            return "LIMIT_INVALID";
        if (!precise && MaxLimit % limit != 0)
            return "LIMIT_INVALID";
        return offset / MaxLimit == (offset + limit - 1) / MaxLimit ? null : "LIMIT_INVALID";
    }
}
