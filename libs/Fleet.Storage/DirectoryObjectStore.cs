using System.Buffers;
using System.Runtime.CompilerServices;

namespace Fleet.Storage;

/// <summary>
/// The embedded object store: objects/{key} and uploads/{id} below one directory of one file system. An object
/// appears whole, by rename, after its bytes are on the disk. Links are signed and served by Intake.
/// </summary>
public sealed class DirectoryObjectStore : IObjectStore
{
    readonly string _objects;
    readonly string _uploads;
    readonly Uri _publicUrl;
    readonly LinkSigner _links;

    /// <summary>A store under an absolute directory; links begin with the public address of Intake.</summary>
    public DirectoryObjectStore(string directory, Uri publicUrl, LinkSigner links)
    {
        var root = Path.GetFullPath(directory);
        _objects = Path.Combine(root, "objects");
        _uploads = Path.Combine(root, "uploads");
        _publicUrl = publicUrl;
        _links = links;
    }

    /// <summary>Checks the links that <see cref="LinkAsync"/> made.</summary>
    public LinkSigner Links => _links;

    /// <summary>Where the file of an object is, whether it exists or not; for serving it without a copy.</summary>
    public string PathOf(string key) => Path.Combine(_objects, ObjectKey.Checked(key));

    public Task PrepareAsync(CancellationToken ct) =>
        GuardAsync(
            "the storage directory",
            async () =>
            {
                Directory.CreateDirectory(_objects);
                Directory.CreateDirectory(_uploads);
                var probe = Path.Combine(_uploads, $"probe-{Guid.NewGuid():n}");
                await File.WriteAllTextAsync(probe, "", ct);
                File.Delete(probe);
                return true;
            }
        );

    public Task<ObjectInfo> PutAsync(
        string key,
        string contentType,
        ReadOnlySequence<byte> content,
        CancellationToken ct
    ) =>
        GuardAsync(
            ObjectKey.Checked(key),
            async () =>
            {
                var upload = UploadAt(Guid.NewGuid().ToString("n"), key);
                try
                {
                    await upload.CreateAsync(ct);
                    await upload.WriteAsync(0, content, ct);
                    Publish(upload, key);
                }
                finally
                {
                    upload.Delete();
                }
                return Find(key) ?? throw new StorageException(StorageError.NotFound, $"{key} was deleted meanwhile");
            }
        );

    public Task<MultipartUpload> StartAsync(string key, string contentType, long partBytes, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partBytes);
        return GuardAsync(
            ObjectKey.Checked(key),
            async () =>
            {
                var id = Guid.NewGuid().ToString("n");
                await UploadAt(id, key).CreateAsync(ct);
                return new MultipartUpload(key, id, partBytes);
            }
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
        return GuardAsync(
            upload.Key,
            async () =>
            {
                var directory = UploadAt(upload.UploadId, upload.Key);
                await directory.WriteAsync((number - 1) * upload.PartBytes, content, ct);
                return await directory.MarkAsync(number, content.Length, ct);
            }
        );
    }

    public Task<IReadOnlyList<UploadedPart>> ListPartsAsync(MultipartUpload upload, CancellationToken ct) =>
        GuardAsync(upload.Key, () => Task.FromResult(UploadAt(upload.UploadId, upload.Key).ReadMarks()));

    public async Task<ObjectInfo> CompleteAsync(
        MultipartUpload upload,
        IReadOnlyCollection<UploadedPart> parts,
        CancellationToken ct
    )
    {
        var size = PartRules.CheckComplete(upload, parts);
        try
        {
            return await GuardAsync(upload.Key, () => CompleteAsync(upload, parts, size, ct));
        }
        catch (StorageException e) when (e.Error == StorageError.NoSuchUpload && Find(upload.Key)?.SizeBytes == size)
        {
            return Find(upload.Key)!; // an earlier try got this far
        }
    }

    async Task<ObjectInfo> CompleteAsync(
        MultipartUpload upload,
        IReadOnlyCollection<UploadedPart> parts,
        long size,
        CancellationToken ct
    )
    {
        var directory = UploadAt(upload.UploadId, upload.Key);
        var stored = directory.ReadMarks();
        if (parts.Except(stored).FirstOrDefault() is { } other)
            throw PartRules.NotTheStored(other, upload);

        using (var data = directory.OpenData())
        {
            if (RandomAccess.GetLength(data) < size)
                throw new StorageException(StorageError.SizeMismatch, $"{upload.Key} is shorter than its parts");
            RandomAccess.SetLength(data, size); // parts beyond the listed ones are dropped, as S3 does
            await Disk.FlushAsync(data, ct);
        }
        Publish(directory, upload.Key);
        directory.Delete();
        return Find(upload.Key)
            ?? throw new StorageException(StorageError.NotFound, $"{upload.Key} was deleted meanwhile");
    }

    public Task AbortAsync(MultipartUpload upload, CancellationToken ct) =>
        GuardAsync(
            upload.Key,
            () =>
            {
                UploadAt(upload.UploadId, upload.Key).Delete();
                return Task.FromResult(true);
            }
        );

    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedAsync(
        DateTimeOffset startedBefore,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        await Task.CompletedTask;
        if (!Directory.Exists(_uploads))
            yield break;
        foreach (var path in Directory.EnumerateDirectories(_uploads))
        {
            ct.ThrowIfCancellationRequested();
            var header = new FileInfo(Path.Combine(path, "upload"));
            var started = new DateTimeOffset(
                header.Exists ? header.LastWriteTimeUtc : Directory.GetLastWriteTimeUtc(path)
            );
            if (started < startedBefore && UploadDirectory.IsId(Path.GetFileName(path)))
                yield return new(UploadDirectory.ReadKey(path), Path.GetFileName(path), started);
        }
    }

    public Task<ObjectInfo?> FindAsync(string key, CancellationToken ct) =>
        GuardAsync(ObjectKey.Checked(key), () => Task.FromResult(Find(key)));

    public Task<Stream> OpenReadAsync(string key, long offset, long? length, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return GuardAsync(ObjectKey.Checked(key), () => Task.FromResult(OpenRead(key, offset, length)));
    }

    Stream OpenRead(string key, long offset, long? length)
    {
        if (Find(key) is null)
            throw new StorageException(StorageError.NotFound, $"No object {key}");
        var file = new FileStream(
            PathOf(key),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 1 << 16,
            useAsync: true
        );
        if (offset > 0 && offset >= file.Length)
        {
            file.Dispose();
            throw new StorageException(StorageError.BadRange, $"{key} ends before byte {offset}");
        }
        file.Position = offset;
        return length is null ? file : new BoundedStream(file, length.Value);
    }

    public Task DeleteAsync(string key, CancellationToken ct) =>
        GuardAsync(
            ObjectKey.Checked(key),
            () =>
            {
                var path = PathOf(key);
                if (File.Exists(path))
                    File.Delete(path);
                Prune(Path.GetDirectoryName(path)!);
                return Task.FromResult(true);
            }
        );

    public Task<Uri> LinkAsync(string key, LinkTerms terms, CancellationToken ct)
    {
        PartRules.CheckTerms(terms);
        return Task.FromResult(new Uri(_publicUrl, _links.Sign(key, terms)));
    }

    UploadDirectory UploadAt(string id, string key) =>
        UploadDirectory.IsId(id)
            ? new(Path.Combine(_uploads, id), key)
            : throw new StorageException(StorageError.NoSuchUpload, $"Not an upload of this store: {key}");

    ObjectInfo? Find(string key)
    {
        var file = new FileInfo(PathOf(key));
        return file.Exists ? new(key, file.Length, new(file.LastWriteTimeUtc)) : null;
    }

    void Publish(UploadDirectory upload, string key)
    {
        var path = PathOf(key);
        var parent = Path.GetDirectoryName(path)!;
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(parent);
            try
            {
                File.Move(upload.DataFile, path, overwrite: true);
                break;
            }
            catch (DirectoryNotFoundException) when (attempt < 3 && File.Exists(upload.DataFile))
            {
                // a deletion next door pruned the directory between the two calls
            }
        }
        Disk.FlushNames(parent, _objects);
    }

    /// <summary>Removes directories that a deletion left empty.</summary>
    void Prune(string directory)
    {
        try
        {
            for (; directory.Length > _objects.Length; directory = Path.GetDirectoryName(directory)!)
            {
                if (Directory.Exists(directory))
                    Directory.Delete(directory);
            }
        }
        catch (IOException)
        {
            // not empty: still in use
        }
    }

    /// <summary>Turns failures of the file system into storage errors. A missing path means a missing upload.</summary>
    static async Task<T> GuardAsync<T>(string key, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            throw new StorageException(StorageError.NoSuchUpload, $"No such upload of {key}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Disk.Failure(e, key);
        }
    }
}
