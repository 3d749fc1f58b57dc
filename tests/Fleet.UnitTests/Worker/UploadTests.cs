using System.Security.Cryptography;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker;
using Fleet.Worker.Transfer;

namespace Fleet.UnitTests.Worker;

/// <summary>Uploads into a real directory store.</summary>
[Category("pipeline")]
public sealed class UploadTests
{
    const int Mebibyte = 1 << 20;

    string _root = null!;
    DirectoryObjectStore _store = null!;

    [SetUp]
    public void SetUp()
    {
        _root = Directory.CreateTempSubdirectory("fleet-upload-").FullName;
        _store = new(_root, new("http://127.0.0.1"), new(new('k', 32), TimeProvider.System));
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_root, recursive: true);

    [TestCase(3)]
    [TestCase(16)]
    [TestCase(21)]
    public async Task Blocks_become_parts_and_their_memory_comes_back(int blocks)
    {
        var memory = new MemoryBudget(64 * Mebibyte);
        var upload = await _store.StartAsync("a", "video/mp4", PartPolicy.MinBytes, default);
        await using var parts = new PartUpload(_store, upload, firstPart: 1, parallel: 2, default);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var n = 0; n < blocks; n++)
        {
            var block = await BlockAsync(memory, n, n == blocks - 1 ? 1000 : Mebibyte);
            hash.AppendData(block.Memory.Span);
            await parts.AddAsync(block);
        }

        var stored = await _store.CompleteAsync(upload, await parts.FinishAsync(), default);

        Assert.That((stored.SizeBytes, memory.Rented), Is.EqualTo((((long)(blocks - 1) * Mebibyte) + 1000, 0)));
        Assert.That(await Sha256Async("a"), Is.EqualTo(hash.GetHashAndReset()));
    }

    [Test]
    public async Task An_upload_that_vanishes_ends_the_work_and_gives_the_memory_back()
    {
        var memory = new MemoryBudget(64 * Mebibyte);
        var upload = await _store.StartAsync("a", "video/mp4", PartPolicy.MinBytes, default);
        var parts = new PartUpload(_store, upload, firstPart: 1, parallel: 1, default);
        await _store.AbortAsync(upload, default);

        var error = Assert.ThrowsAsync<StorageException>(async () =>
        {
            for (var n = 0; n < 40; n++)
                await parts.AddAsync(await BlockAsync(memory, n, Mebibyte));
            await parts.FinishAsync();
        });
        await parts.DisposeAsync();

        Assert.That((error.Error, memory.Rented), Is.EqualTo((StorageError.NoSuchUpload, 0)));
    }

    [TestCase(0)]
    [TestCase(1000)]
    [TestCase(20 * Mebibyte)]
    public async Task A_local_file_is_stored_with_its_hash(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        var path = Path.Combine(_root, "local");
        await File.WriteAllBytesAsync(path, bytes);
        await using var upload = await StartAsync(path, new FilePartBuffers(2), default);

        var sha256 = await upload.FinishAsync();

        Assert.That(sha256, Is.EqualTo(SHA256.HashData(bytes)));
        Assert.That(await Sha256Async("b"), Is.EqualTo(sha256));
    }

    [TestCase(20 * Mebibyte)]
    [TestCase(9 * Mebibyte)] // begun anew
    public async Task A_file_is_followed_while_it_grows_and_what_its_writer_changes_later_is_sent_again(int size)
    {
        var bytes = new byte[20 * Mebibyte];
        new Random(1).NextBytes(bytes);
        var path = Path.Combine(_root, "growing");
        await File.WriteAllBytesAsync(path, bytes[..(17 * Mebibyte)]);
        await using var upload = await StartAsync(path, new FilePartBuffers(2), default);
        using var whole = new CancellationTokenSource();
        var following = upload.FollowAsync(TimeProvider.System, whole.Token);
        while ((await _store.ListPartsAsync(upload.Upload, default)).Count < 2)
            await Task.Yield();
        await whole.CancelAsync();
        await following;

        bytes[5]++; // a header, written last
        await File.WriteAllBytesAsync(path, bytes[..size]);
        var sha256 = await upload.FinishAsync();

        Assert.That(sha256, Is.EqualTo(SHA256.HashData(bytes.AsSpan(0, size))));
        Assert.That(await Sha256Async("b"), Is.EqualTo(sha256));
    }

    [Test]
    public async Task A_cancelled_upload_of_a_local_file_leaves_nothing()
    {
        var path = Path.Combine(_root, "local");
        await File.WriteAllBytesAsync(path, new byte[20 * Mebibyte]);
        var buffers = new FilePartBuffers(1);
        using var cancel = new CancellationTokenSource();
        await using (await HoldAsync(buffers))
        await using (var upload = await StartAsync(path, buffers, cancel.Token))
        {
            var storing = upload.FinishAsync();
            await cancel.CancelAsync();
            Assert.That(async () => await storing, Throws.InstanceOf<OperationCanceledException>());
        }

        Assert.That(Directory.GetDirectories(Path.Combine(_root, "uploads")), Is.Empty);
        Assert.That(await buffers.RentAsync(default), Has.Length.EqualTo(FilePartBuffers.BufferBytes));
    }

    Task<FileUpload> StartAsync(string path, FilePartBuffers buffers, CancellationToken ct) =>
        FileUpload.StartAsync(path, "b", "video/mp4", _store, buffers, parallel: 4, ct);

    static async Task<Held> HoldAsync(FilePartBuffers buffers) => new(buffers, await buffers.RentAsync(default));

    static async Task<MediaBlock> BlockAsync(MemoryBudget memory, int number, int length)
    {
        var block = await memory.RentAsync(default);
        new Random(number).NextBytes(block);
        return new MediaBlock(memory, block, (long)number * Mebibyte, 0, length);
    }

    async Task<byte[]> Sha256Async(string key)
    {
        await using var stream = await _store.OpenReadAsync(key, 0, null, default);
        return await SHA256.HashDataAsync(stream);
    }

    sealed class Held(FilePartBuffers buffers, byte[] buffer) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            buffers.Return(buffer);
            return ValueTask.CompletedTask;
        }
    }
}
