using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;

namespace Fleet.Storage;

/// <summary>What the many dialects of S3 errors mean to us.</summary>
static class S3Errors
{
    const HttpStatusCode NoAnswer = default;

    /// <summary>Runs a call and turns its failures into storage errors.</summary>
    /// <param name="missing">What a bare 404 means for this call.</param>
    public static async Task<T> GuardAsync<T>(
        string key,
        Func<Task<T>> call,
        CancellationToken ct,
        StorageError missing = StorageError.NotFound
    )
    {
        try
        {
            return await call();
        }
        catch (AmazonS3Exception e)
        {
            throw new StorageException(Meaning(e, missing), $"{key}: {(int)e.StatusCode} {e.ErrorCode}", e);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException && !ct.IsCancellationRequested)
        {
            throw new StorageException(StorageError.Unavailable, $"{key}: the store did not answer in time", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or AmazonClientException)
        {
            throw new StorageException(StorageError.Unavailable, $"{key}: {e.GetType().Name}", e);
        }
    }

    static StorageError Meaning(AmazonS3Exception e, StorageError missing) =>
        (e.ErrorCode, e.StatusCode) switch
        {
            ("NoSuchUpload", _) => StorageError.NoSuchUpload,
            ("NoSuchBucket", _) => StorageError.Refused,
            ("InvalidPart" or "InvalidPartOrder" or "EntityTooSmall", _) => StorageError.PartMismatch,
            ("QuotaExceeded" or "XMinioStorageFull", _) => StorageError.Full,
            ("RequestTimeout" or "SlowDown", _) => StorageError.Unavailable,
            (_, HttpStatusCode.NotFound) => missing,
            (_, HttpStatusCode.RequestedRangeNotSatisfiable) => StorageError.BadRange,
            (_, HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) => StorageError.Unavailable,
            (_, >= HttpStatusCode.InternalServerError or NoAnswer) => StorageError.Unavailable,
            _ => StorageError.Refused,
        };
}
