using System.Security.Cryptography;
using Fleet.Storage;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Stores a local file, whole or still being written: parts in parallel out of a fixed set of buffers, the hash in file order.
/// What was sent while the file grew is compared with it in the end, and sent again where the writer has come back to it, as
/// muxers do with their header. Disposed before its end it leaves nothing in the store.
/// </summary>
sealed class FileUpload : IAsyncDisposable
{
    const int PartBytes = FilePartBuffers.BufferBytes;

    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    readonly IObjectStore _store;
    readonly FilePartBuffers _buffers;
    readonly MultipartUpload _upload;
    readonly string _path;
    readonly SemaphoreSlim _places;
    readonly CancellationTokenSource _stop;
    readonly CancellationToken _ct;
    readonly List<Part> _parts = [];
    bool _isDone;

    FileUpload(
        string path,
        MultipartUpload upload,
        IObjectStore store,
        FilePartBuffers buffers,
        int parallel,
        CancellationToken ct
    )
    {
        (_path, _upload, _store, _buffers, _ct) = (path, upload, store, buffers, ct);
        _places = new(parallel, parallel);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
    }

    public static async Task<FileUpload> StartAsync(
        string path,
        string key,
        string contentType,
        IObjectStore store,
        FilePartBuffers buffers,
        int parallel,
        CancellationToken ct
    ) => new(path, await store.StartAsync(key, contentType, PartBytes, ct), store, buffers, parallel, ct);

    public MultipartUpload Upload => _upload;

    /// <summary>Sends what is written of the file, part by part, until it is told that the file is whole.</summary>
    public async Task FollowAsync(TimeProvider time, CancellationToken whole)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(whole))
                await SendWholePartsAsync(whole);
        }
        catch (OperationCanceledException) when (whole.IsCancellationRequested)
        {
            // the rest is for the end
        }
    }

    async Task SendWholePartsAsync(CancellationToken ct)
    {
        try
        {
            await using var file = Open();
            while (RandomAccess.GetLength(file.SafeFileHandle) >= (_parts.Count + 1L) * PartBytes)
                await SendAsync(file, _parts.Count, ct);
        }
        catch (FileNotFoundException)
        {
            // its writer has not begun yet, or begins anew
        }
    }

    /// <summary>Sends the rest and whatever changed, and makes it an object.</summary>
    /// <returns>The file's SHA-256.</returns>
    /// <exception cref="StorageException">A part could not be stored.</exception>
    public async Task<byte[]> FinishAsync()
    {
        await using var file = Open();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = PartPolicy.PartCount(file.Length, PartBytes);
        try
        {
            for (var n = 0; n < count; n++)
                await SendAsync(file, n, _stop.Token, hash);
        }
        catch (OperationCanceledException) when (!_ct.IsCancellationRequested)
        {
            // a part could not be stored, which is said next
        }
        var sent = await Task.WhenAll(_parts.Select(part => part.Sent));
        await _store.CompleteAsync(_upload, sent[..count], _ct); // the writer may have begun anew, and written less
        _isDone = true;
        return hash.GetHashAndReset();
    }

    /// <summary>Sends one part, unless it was sent as it is now.</summary>
    async Task SendAsync(FileStream file, int n, CancellationToken ct, IncrementalHash? hash = null)
    {
        var buffer = await _buffers.RentAsync(ct);
        var isSending = false;
        try
        {
            var length = await ReadAsync(file, n, buffer, ct);
            hash?.AppendData(buffer, 0, length);
            var checksum = Checksum.Of(buffer.AsSpan(0, length));
            if (n < _parts.Count && await _parts[n].IsAsync(length, checksum))
                return;
            await _places.WaitAsync(ct);
            isSending = true;
            var part = new Part(length, checksum, SendAsync(n + 1, buffer, length));
            if (n < _parts.Count)
                _parts[n] = part;
            else
                _parts.Add(part);
        }
        finally
        {
            if (!isSending)
                _buffers.Return(buffer);
        }
    }

    static async Task<int> ReadAsync(FileStream file, int n, byte[] buffer, CancellationToken ct)
    {
        file.Position = (long)n * PartBytes;
        return await file.ReadAtLeastAsync(buffer, PartBytes, throwOnEndOfStream: false, ct);
    }

    /// <summary>Owns the buffer and a place.</summary>
    async Task<UploadedPart> SendAsync(int number, byte[] buffer, int length)
    {
        try
        {
            return await _store.UploadPartAsync(_upload, number, new(buffer, 0, length), _stop.Token);
        }
        catch (StorageException)
        {
            await _stop.CancelAsync();
            throw;
        }
        finally
        {
            _buffers.Return(buffer);
            _places.Release();
        }
    }

    FileStream Open() => new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, useAsync: true);

    /// <summary>Stops what is still being sent.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Task.WhenAll(_parts.Select(part => part.Sent))).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing
        );
        if (!_isDone)
            await _store.TryAbortAsync(_upload);
        _stop.Dispose();
        _places.Dispose();
    }

    sealed record Part(int Length, uint Checksum, Task<UploadedPart> Sent)
    {
        /// <summary>Whether these bytes are stored.</summary>
        public async Task<bool> IsAsync(int length, uint checksum)
        {
            if ((length, checksum) != (Length, Checksum))
            {
                await ((Task)Sent).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // never two of one number
                return false;
            }
            await Sent;
            return true;
        }
    }
}
