using System.Buffers;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Fleet.Storage;

/// <summary>
/// An S3-compatible bucket: AWS, MinIO, Ceph, R2. Needs the rights to read, write, delete and list objects and
/// multipart uploads of the one bucket. A lifecycle rule that aborts unfinished uploads after 2 days is a good net
/// below the sweeper.
/// </summary>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    readonly AmazonS3Client _client;
    readonly AmazonS3Client _linkClient;
    readonly string _bucket;
    readonly Protocol _linkProtocol;
    readonly TimeProvider _time;

    /// <summary>A store over the bucket of validated options.</summary>
    public S3ObjectStore(StorageOptions options, TimeProvider time)
    {
        _time = time;
        _bucket = options.Bucket!;
        var publicEndpoint = options.PublicEndpoint ?? options.Endpoint;
        _client = new(new BasicAWSCredentials(options.AccessKey, options.SecretKey), Config(options, options.Endpoint));
        _linkClient = new(
            new BasicAWSCredentials(options.AccessKey, options.SecretKey),
            Config(options, publicEndpoint)
        );
        _linkProtocol = publicEndpoint?.Scheme is "http" ? Protocol.HTTP : Protocol.HTTPS;
    }

    static AmazonS3Config Config(StorageOptions options, Uri? endpoint)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            Timeout = options.RequestTimeout,
            MaxErrorRetry = 3,
            ForcePathStyle = endpoint is not null,
        };
        if (endpoint is null)
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
            return config;
        }

        // Servers other than AWS refuse or store the trailing checksums that the SDK sends by default.
        config.ServiceURL = endpoint.ToString();
        config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        return config;
    }

    public Task PrepareAsync(CancellationToken ct) =>
        S3Errors.GuardAsync(
            _bucket,
            async () =>
            {
                try
                {
                    await _client.ListObjectsV2Async(new() { BucketName = _bucket, MaxKeys = 1 }, ct);
                }
                catch (AmazonS3Exception e) when (e.ErrorCode is "NoSuchBucket")
                {
                    await _client.PutBucketAsync(_bucket, ct);
                }
                return true;
            },
            ct
        );

    public async Task<ObjectInfo> PutAsync(
        string key,
        string contentType,
        ReadOnlySequence<byte> content,
        CancellationToken ct
    )
    {
        ObjectKey.Checked(key);
        await S3Errors.GuardAsync(
            key,
            async () =>
            {
                await using var stream = new SequenceStream(content);
                return await _client.PutObjectAsync(
                    new()
                    {
                        BucketName = _bucket,
                        Key = key,
                        ContentType = contentType,
                        InputStream = stream,
                        AutoCloseStream = false,
                    },
                    ct
                );
            },
            ct
        );
        return await CheckSizeAsync(key, content.Length, ct);
    }

    public Task<MultipartUpload> StartAsync(string key, string contentType, long partBytes, CancellationToken ct)
    {
        ObjectKey.Checked(key);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partBytes);
        return S3Errors.GuardAsync(
            key,
            async () =>
            {
                var answer = await _client.InitiateMultipartUploadAsync(
                    new()
                    {
                        BucketName = _bucket,
                        Key = key,
                        ContentType = contentType,
                    },
                    ct
                );
                return new MultipartUpload(key, answer.UploadId, partBytes);
            },
            ct
        );
    }

    public Task<UploadedPart> UploadPartAsync(
        MultipartUpload upload,
        int number,
        ReadOnlySequence<byte> content,
        CancellationToken ct
    )
    {
        PartRules.CheckPart(upload, number, content.Length);
        return S3Errors.GuardAsync(
            upload.Key,
            async () =>
            {
                await using var stream = new SequenceStream(content);
                var answer = await _client.UploadPartAsync(
                    new()
                    {
                        BucketName = _bucket,
                        Key = upload.Key,
                        UploadId = upload.UploadId,
                        PartNumber = number,
                        InputStream = stream,
                        PartSize = content.Length,
                    },
                    ct
                );
                return new UploadedPart(number, content.Length, answer.ETag);
            },
            ct
        );
    }

    public Task<IReadOnlyList<UploadedPart>> ListPartsAsync(MultipartUpload upload, CancellationToken ct) =>
        S3Errors.GuardAsync<IReadOnlyList<UploadedPart>>(
            ObjectKey.Checked(upload.Key),
            async () =>
            {
                var parts = new List<UploadedPart>();
                var request = new ListPartsRequest
                {
                    BucketName = _bucket,
                    Key = upload.Key,
                    UploadId = upload.UploadId,
                };
                ListPartsResponse page;
                do
                {
                    page = await _client.ListPartsAsync(request, ct);
                    foreach (var part in page.Parts ?? [])
                        parts.Add(new(part.PartNumber!.Value, part.Size!.Value, part.ETag));
                    request.PartNumberMarker = page.NextPartNumberMarker?.ToString(provider: null);
                } while (page.IsTruncated == true && parts.Count < PartPolicy.MaxParts);
                return parts;
            },
            ct,
            missing: StorageError.NoSuchUpload
        );

    public async Task<ObjectInfo> CompleteAsync(
        MultipartUpload upload,
        IReadOnlyCollection<UploadedPart> parts,
        CancellationToken ct
    )
    {
        var size = PartRules.CheckComplete(upload, parts);
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _bucket,
            Key = upload.Key,
            UploadId = upload.UploadId,
            PartETags = [.. parts.OrderBy(p => p.Number).Select(p => new PartETag(p.Number, p.ETag))],
        };
        try
        {
            await S3Errors.GuardAsync(
                upload.Key,
                () => _client.CompleteMultipartUploadAsync(request, ct),
                ct,
                missing: StorageError.NoSuchUpload
            );
        }
        catch (StorageException e) when (e.Error is StorageError.NoSuchUpload or StorageError.Unavailable)
        {
            // Completion is not safe to retry blindly: an earlier try may have succeeded and lost its answer.
            if (await FindAsync(upload.Key, ct) is { } done && done.SizeBytes == size)
                return done;
            await ExplainAsync(upload, parts, ct);
            throw;
        }
        return await CheckSizeAsync(upload.Key, size, ct);
    }

    /// <summary>Some servers answer 500 to a completion that can never succeed: the list of parts tells.</summary>
    async Task ExplainAsync(MultipartUpload upload, IReadOnlyCollection<UploadedPart> parts, CancellationToken ct)
    {
        var stored = await ListPartsAsync(upload, ct);
        if (parts.Except(stored).FirstOrDefault() is { } other)
            throw PartRules.NotTheStored(other, upload);
    }

    async Task<ObjectInfo> CheckSizeAsync(string key, long size, CancellationToken ct)
    {
        var stored =
            await FindAsync(key, ct) ?? throw new StorageException(StorageError.NotFound, $"{key} vanished at once");
        return stored.SizeBytes == size
            ? stored
            : throw new StorageException(
                StorageError.SizeMismatch,
                $"{key} has {stored.SizeBytes} bytes in the store, not {size}"
            );
    }

    public async Task AbortAsync(MultipartUpload upload, CancellationToken ct)
    {
        try
        {
            await S3Errors.GuardAsync(
                ObjectKey.Checked(upload.Key),
                () => _client.AbortMultipartUploadAsync(_bucket, upload.Key, upload.UploadId, ct),
                ct,
                missing: StorageError.NoSuchUpload
            );
        }
        catch (StorageException e) when (e.Error == StorageError.NoSuchUpload)
        {
            // already gone: that is what was asked for
        }
    }

    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedAsync(
        DateTimeOffset startedBefore,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var request = new ListMultipartUploadsRequest { BucketName = _bucket };
        ListMultipartUploadsResponse page;
        do
        {
            page = await S3Errors.GuardAsync(_bucket, () => _client.ListMultipartUploadsAsync(request, ct), ct);
            foreach (var upload in page.MultipartUploads ?? [])
            {
                var started = new DateTimeOffset(upload.Initiated!.Value.ToUniversalTime());
                if (started < startedBefore)
                    yield return new(upload.Key, upload.UploadId, started);
            }
            request.KeyMarker = page.NextKeyMarker;
            request.UploadIdMarker = page.NextUploadIdMarker;
        } while (page.IsTruncated == true);
    }

    public async Task<ObjectInfo?> FindAsync(string key, CancellationToken ct)
    {
        try
        {
            var head = await S3Errors.GuardAsync(
                ObjectKey.Checked(key),
                () => _client.GetObjectMetadataAsync(_bucket, key, ct),
                ct
            );
            return new(key, head.ContentLength, new(head.LastModified!.Value.ToUniversalTime()));
        }
        catch (StorageException e) when (e.Error == StorageError.NotFound)
        {
            return null;
        }
    }

    public Task<Stream> OpenReadAsync(string key, long offset, long? length, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var request = new GetObjectRequest { BucketName = _bucket, Key = ObjectKey.Checked(key) };
        if (length is { } wanted)
            request.ByteRange = new(offset, offset + wanted - 1);
        else if (offset > 0)
            request.ByteRange = new($"bytes={offset}-");
        return S3Errors.GuardAsync<Stream>(
            key,
            async () => (await _client.GetObjectAsync(request, ct)).ResponseStream,
            ct
        );
    }

    public Task DeleteAsync(string key, CancellationToken ct) =>
        S3Errors.GuardAsync(ObjectKey.Checked(key), () => _client.DeleteObjectAsync(_bucket, key, ct), ct);

    public Task<Uri> LinkAsync(string key, LinkTerms terms, CancellationToken ct)
    {
        PartRules.CheckTerms(terms);
        var request = new GetPreSignedUrlRequest
        {
            BucketName = _bucket,
            Key = ObjectKey.Checked(key),
            Verb = HttpVerb.GET,
            Protocol = _linkProtocol,
            Expires = _time.GetUtcNow().Add(terms.Lifetime).UtcDateTime,
        };
        request.ResponseHeaderOverrides.ContentType = terms.ContentType;
        request.ResponseHeaderOverrides.ContentDisposition = ContentDisposition.For(terms.DownloadName, terms.Inline);
        return S3Errors.GuardAsync(key, async () => new Uri(await _linkClient.GetPreSignedURLAsync(request)), ct);
    }

    public void Dispose()
    {
        _client.Dispose();
        _linkClient.Dispose();
    }
}
