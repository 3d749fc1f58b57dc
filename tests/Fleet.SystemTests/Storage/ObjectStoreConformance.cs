using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Fleet.Storage;

namespace Fleet.SystemTests.Storage;

/// <summary>What every object store must do; each store is a fixture that derives from this.</summary>
public abstract class ObjectStoreConformance
{
    protected const int PartBytes = 5 << 20; // the smallest that S3 allows before the last part

    static readonly LinkTerms Terms = new("Фильм (1)*.mp4", "video/mp4", TimeSpan.FromMinutes(5), Inline: false);
    static readonly HttpClient Http = new();

    /// <summary>A second one sees the same objects: another process.</summary>
    protected abstract Task<IObjectStore> OpenAsync();

    protected IObjectStore Store { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task OpenStoreAsync()
    {
        Store = await OpenAsync();
        await Store.PrepareAsync(default);
    }

    [OneTimeTearDown]
    public void CloseStore() => (Store as IDisposable)?.Dispose();

    [Test]
    public async Task Preparing_twice_does_no_harm()
    {
        await Store.PutAsync("prepare/kept", "text/plain", Bytes(1, 10), default);

        await Store.PrepareAsync(default);

        Assert.That(await Store.FindAsync("prepare/kept", default), Is.Not.Null);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(100_000)]
    public async Task A_small_object_comes_back_byte_for_byte(int size)
    {
        var key = $"small/{size}";

        var info = await Store.PutAsync(key, "video/mp4", Bytes(size, size), default);

        Assert.That((info.Key, info.SizeBytes), Is.EqualTo((key, (long)size)));
        Assert.That(await ReadAsync(key), Is.EqualTo(Bytes(size, size).ToArray()));
    }

    [Test]
    public async Task Putting_again_replaces_the_object()
    {
        await Store.PutAsync("again", "text/plain", Bytes(1, 100), default);

        await Store.PutAsync("again", "text/plain", Bytes(2, 50), default);

        Assert.That(await ReadAsync("again"), Is.EqualTo(Bytes(2, 50).ToArray()));
    }

    [Test]
    public async Task Memory_in_pieces_is_stored_as_one()
    {
        var first = new Piece(Bytes(1, 70_000).ToArray());
        var last = first.Append(Bytes(2, 1).ToArray()).Append(Bytes(3, 90_000).ToArray());
        var sequence = new ReadOnlySequence<byte>(first, 10, last, 80_000);

        await Store.PutAsync("pieces", "text/plain", sequence, default);

        Assert.That(await ReadAsync("pieces"), Is.EqualTo(sequence.ToArray()));
    }

    [Test]
    public async Task Parts_may_come_in_any_order_in_parallel_and_from_two_processes()
    {
        var upload = await Store.StartAsync("parts/parallel", "video/mp4", PartBytes, default);
        var neighbour = await OpenAsync();
        using var _ = neighbour as IDisposable;
        int[] order = [4, 2, 5, 1, 3];

        var parts = await Task.WhenAll(
            order.Select(n => (n % 2 == 0 ? Store : neighbour).UploadPartAsync(upload, n, Part(n, of: 5), default))
        );
        var info = await neighbour.CompleteAsync(upload, parts, default);

        Assert.That(info.SizeBytes, Is.EqualTo((4 * PartBytes) + 1000));
        Assert.That(await ReadAsync(upload.Key), Is.EqualTo(Whole(5)));
    }

    [Test]
    public async Task Nothing_is_visible_before_completion()
    {
        var upload = await Store.StartAsync("parts/hidden", "video/mp4", PartBytes, default);
        await Store.UploadPartAsync(upload, 1, Part(1, of: 1), default);

        Assert.That(await Store.FindAsync("parts/hidden", default), Is.Null);
        await Store.AbortAsync(upload, default);
    }

    [Test]
    public async Task Another_process_lists_the_stored_parts_and_goes_on()
    {
        var upload = await Store.StartAsync("parts/resume", "video/mp4", PartBytes, default);
        var third = await Store.UploadPartAsync(upload, 3, Part(3, of: 3), default);
        var first = await Store.UploadPartAsync(upload, 1, Part(1, of: 3), default);
        var neighbour = await OpenAsync();
        using var _ = neighbour as IDisposable;

        var found = await neighbour.ListPartsAsync(upload, default);
        var second = await neighbour.UploadPartAsync(upload, 2, Part(2, of: 3), default);
        await neighbour.CompleteAsync(upload, [.. found, second], default);

        Assert.That(found, Is.EqualTo([first, third]));
        Assert.That(await ReadAsync(upload.Key), Is.EqualTo(Whole(3)));
    }

    [Test]
    public async Task A_part_sent_again_replaces_the_first_one()
    {
        var upload = await Store.StartAsync("parts/resent", "video/mp4", PartBytes, default);
        await Store.UploadPartAsync(upload, 1, Bytes(99, 500), default);
        var again = await Store.UploadPartAsync(upload, 1, Part(1, of: 1), default);

        var listed = await Store.ListPartsAsync(upload, default);
        await Store.CompleteAsync(upload, [again], default);

        Assert.That(listed, Is.EqualTo([again]));
        Assert.That(await ReadAsync(upload.Key), Is.EqualTo(Whole(1)));
    }

    [Test]
    public async Task Completing_again_after_a_lost_answer_succeeds()
    {
        var upload = await Store.StartAsync("complete/twice", "video/mp4", PartBytes, default);
        var part = await Store.UploadPartAsync(upload, 1, Part(1, of: 1), default);
        var first = await Store.CompleteAsync(upload, [part], default);

        var second = await Store.CompleteAsync(upload, [part], default);

        Assert.That(second.SizeBytes, Is.EqualTo(first.SizeBytes));
    }

    [Test]
    public async Task Completing_with_a_mark_that_is_not_the_stored_one_fails_and_publishes_nothing()
    {
        var upload = await Store.StartAsync("complete/wrong", "video/mp4", PartBytes, default);
        var part = await Store.UploadPartAsync(upload, 1, Part(1, of: 1), default);

        var error = Assert.ThrowsAsync<StorageException>(() =>
            Store.CompleteAsync(upload, [part with { ETag = "\"00000000000000000000000000000000\"" }], default)
        );

        Assert.That(error.Error, Is.EqualTo(StorageError.PartMismatch));
        Assert.That(await Store.FindAsync(upload.Key, default), Is.Null);
        await Store.AbortAsync(upload, default);
    }

    [Test]
    public async Task Completing_with_a_gap_or_a_short_part_in_the_middle_is_refused()
    {
        var upload = await Store.StartAsync("complete/gap", "video/mp4", PartBytes, default);
        var first = await Store.UploadPartAsync(upload, 1, Part(1, of: 2), default);
        var third = await Store.UploadPartAsync(upload, 3, Bytes(3, 10), default);

        var gap = Assert.ThrowsAsync<StorageException>(() => Store.CompleteAsync(upload, [first, third], default));
        var none = Assert.ThrowsAsync<StorageException>(() => Store.CompleteAsync(upload, [], default));
        var shortPart = Assert.ThrowsAsync<StorageException>(() =>
            Store.CompleteAsync(upload, [new(1, 10, "x"), new(2, 10, "y")], default)
        );

        Assert.That(new[] { gap.Error, none.Error, shortPart.Error }, Is.All.EqualTo(StorageError.PartMismatch));
        await Store.AbortAsync(upload, default);
    }

    [Test]
    public async Task An_aborted_upload_is_gone_and_may_be_aborted_again()
    {
        var upload = await Store.StartAsync("abort/me", "video/mp4", PartBytes, default);
        var part = await Store.UploadPartAsync(upload, 1, Part(1, of: 1), default);

        await Store.AbortAsync(upload, default);
        await Store.AbortAsync(upload, default);

        StorageException[] errors =
        [
            Assert.ThrowsAsync<StorageException>(() => Store.UploadPartAsync(upload, 1, Part(1, of: 1), default))!,
            Assert.ThrowsAsync<StorageException>(() => Store.ListPartsAsync(upload, default))!,
            Assert.ThrowsAsync<StorageException>(() => Store.CompleteAsync(upload, [part], default))!,
        ];
        Assert.That(errors.Select(e => e.Error), Is.All.EqualTo(StorageError.NoSuchUpload));
        Assert.That(errors.Select(e => e.IsTransient), Is.All.False);
    }

    [Test]
    public async Task The_sweeper_finds_unfinished_uploads_by_age_and_only_those()
    {
        var upload = await Store.StartAsync("sweep/unfinished", "video/mp4", PartBytes, default);
        var done = await Store.StartAsync("sweep/done", "video/mp4", PartBytes, default);
        var part = await Store.UploadPartAsync(done, 1, Part(1, of: 1), default);
        await Store.CompleteAsync(done, [part], default);

        var old = await UnfinishedAsync(DateTimeOffset.UnixEpoch.AddYears(200));
        var young = await UnfinishedAsync(DateTimeOffset.UnixEpoch);

        Assert.That(old.Select(u => u.Key), Does.Contain("sweep/unfinished").And.Not.Contain("sweep/done"));
        Assert.That(old.Single(u => u.Key == upload.Key).UploadId, Is.EqualTo(upload.UploadId));
        Assert.That(young, Is.Empty);
        await Store.AbortAsync(upload, default);
    }

    [Test]
    public async Task A_range_is_read_across_parts_and_cut_at_the_end()
    {
        var upload = await Store.StartAsync("read/range", "video/mp4", PartBytes, default);
        var parts = await Task.WhenAll(
            Enumerable.Range(1, 2).Select(n => Store.UploadPartAsync(upload, n, Part(n, of: 2), default))
        );
        await Store.CompleteAsync(upload, parts, default);
        var whole = Whole(2);

        Assert.That(
            await ReadAsync(upload.Key, PartBytes - 50, 100),
            Is.EqualTo(whole[(PartBytes - 50)..(PartBytes + 50)])
        );
        Assert.That(await ReadAsync(upload.Key, whole.Length - 7), Is.EqualTo(whole[^7..]));
        Assert.That(await ReadAsync(upload.Key, whole.Length - 7, 100), Is.EqualTo(whole[^7..]));
        var beyond = Assert.ThrowsAsync<StorageException>(() => ReadAsync(upload.Key, whole.Length));
        Assert.That(beyond.Error, Is.EqualTo(StorageError.BadRange));
    }

    [Test]
    public async Task A_missing_object_is_null_to_find_and_an_error_to_read()
    {
        Assert.That(await Store.FindAsync("no/such", default), Is.Null);
        var error = Assert.ThrowsAsync<StorageException>(() => ReadAsync("no/such"));
        Assert.That(error.Error, Is.EqualTo(StorageError.NotFound));
    }

    [Test]
    public async Task A_deleted_object_is_gone_and_may_be_deleted_again()
    {
        await Store.PutAsync("delete/a/b", "text/plain", Bytes(1, 10), default);
        await Store.PutAsync("delete/a/c", "text/plain", Bytes(2, 10), default);

        await Store.DeleteAsync("delete/a/b", default);
        await Store.DeleteAsync("delete/a/b", default);

        Assert.That(await Store.FindAsync("delete/a/b", default), Is.Null);
        Assert.That(await Store.FindAsync("delete/a/c", default), Is.Not.Null);
    }

    [TestCase("../outside")]
    [TestCase("/absolute")]
    [TestCase("ünicode")]
    public void A_bad_key_is_refused_by_every_call(string key)
    {
        var upload = new MultipartUpload(key, Guid.NewGuid().ToString("n"), PartBytes);
        Func<Task>[] calls =
        [
            () => Store.PutAsync(key, "text/plain", Bytes(1, 1), default),
            () => Store.StartAsync(key, "text/plain", PartBytes, default),
            () => Store.UploadPartAsync(upload, 1, Bytes(1, 1), default),
            () => Store.CompleteAsync(upload, [new(1, 1, "x")], default),
            () => Store.FindAsync(key, default),
            () => Store.OpenReadAsync(key, 0, null, default),
            () => Store.DeleteAsync(key, default),
            () => Store.LinkAsync(key, Terms, default),
        ];

        var errors = calls.Select(call => Assert.ThrowsAsync<StorageException>(async () => await call()).Error);

        Assert.That(errors, Is.All.EqualTo(StorageError.InvalidKey));
    }

    [Test]
    public async Task A_cancelled_call_ends_with_the_cancellation()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.That(
            async () => await Store.PutAsync("cancelled", "text/plain", Bytes(1, 1 << 20), cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(await Store.FindAsync("cancelled", default), Is.Null);
    }

    [Test]
    public async Task A_link_serves_the_object_with_its_name_and_type_and_ranges()
    {
        await Store.PutAsync("link/a", "application/octet-stream", Bytes(5, 1000), default);
        var link = await Store.LinkAsync("link/a", Terms, default);

        using var whole = await Http.GetAsync(link);
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { Range = new(10, 19) } };
        using var range = await Http.SendAsync(request);

        Assert.That(await whole.Content.ReadAsByteArrayAsync(), Is.EqualTo(Bytes(5, 1000).ToArray()));
        Assert.That(whole.Content.Headers.ContentType?.MediaType, Is.EqualTo("video/mp4"));
        Assert.That(
            whole.Content.Headers.GetValues("Content-Disposition").Single(),
            Is.EqualTo(ContentDisposition.For(Terms.DownloadName, inline: false))
        );
        Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(await range.Content.ReadAsByteArrayAsync(), Is.EqualTo(Bytes(5, 1000).ToArray()[10..20]));
        Assert.That(range.Content.Headers.ContentRange, Is.EqualTo(new ContentRangeHeaderValue(10, 19, 1000)));
    }

    [Test]
    public async Task A_link_that_was_changed_is_forbidden()
    {
        await Store.PutAsync("link/open", "text/plain", Bytes(1, 10), default);
        await Store.PutAsync("link/shut", "text/plain", Bytes(2, 10), default);
        var link = await Store.LinkAsync("link/open", Terms, default);

        using var answer = await Http.GetAsync(
            link.ToString().Replace("link/open", "link/shut", StringComparison.Ordinal)
        );

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase(0)]
    [TestCase(8 * 24 * 3600)]
    public void A_link_lives_between_a_second_and_seven_days(int seconds) =>
        Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            Store.LinkAsync("link/a", Terms with { Lifetime = TimeSpan.FromSeconds(seconds) }, default)
        );

    protected static ReadOnlySequence<byte> Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return new(bytes);
    }

    static ReadOnlySequence<byte> Part(int number, int of) => Bytes(number, number == of ? 1000 : PartBytes);

    static byte[] Whole(int parts) => [.. Enumerable.Range(1, parts).SelectMany(n => Part(n, parts).ToArray())];

    async Task<byte[]> ReadAsync(string key, long offset = 0, long? length = null)
    {
        await using var stream = await Store.OpenReadAsync(key, offset, length, default);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    async Task<List<UnfinishedUpload>> UnfinishedAsync(DateTimeOffset startedBefore)
    {
        var found = new List<UnfinishedUpload>();
        await foreach (var upload in Store.ListUnfinishedAsync(startedBefore, default))
            found.Add(upload);
        return found;
    }

    sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes) => Memory = bytes;

        public Piece Append(byte[] bytes)
        {
            var next = new Piece(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
