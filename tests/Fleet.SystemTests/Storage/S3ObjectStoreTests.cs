using System.Buffers;
using Fleet.Storage;
using Fleet.Testing;

namespace Fleet.SystemTests.Storage;

[Category("pipeline")]
public sealed class S3ObjectStoreTests : ObjectStoreConformance
{
    readonly string _bucket = $"conformance-{Guid.NewGuid():n}";

    protected override async Task<IObjectStore> OpenAsync() =>
        new S3ObjectStore(await OptionsAsync(), TimeProvider.System);

    [Test]
    public async Task A_link_begins_with_the_public_address()
    {
        var options = await OptionsAsync();
        using var store = new S3ObjectStore(
            options with
            {
                PublicEndpoint = new("https://files.example"),
            },
            TimeProvider.System
        );

        var link = await store.LinkAsync("a", new("a.txt", "text/plain", TimeSpan.FromHours(1), Inline: true), default);

        Assert.That(link.ToString(), Does.StartWith($"https://files.example/{_bucket}/a?"));
    }

    [Test]
    public async Task Wrong_credentials_are_refused_for_good()
    {
        using var store = new S3ObjectStore(await OptionsAsync() with { SecretKey = "wrong" }, TimeProvider.System);

        var error = Assert.ThrowsAsync<StorageException>(() => store.FindAsync("a", default));

        Assert.That((error.Error, error.IsTransient), Is.EqualTo((StorageError.Refused, false)));
    }

    [Test]
    public async Task A_server_that_is_not_there_is_a_transient_failure()
    {
        var nowhere = new Uri($"http://127.0.0.1:{Ports.FreeBlock(1)}");
        using var store = new S3ObjectStore(await OptionsAsync() with { Endpoint = nowhere }, TimeProvider.System);

        var error = Assert.ThrowsAsync<StorageException>(() => store.FindAsync("a", default));

        Assert.That((error.Error, error.IsTransient), Is.EqualTo((StorageError.Unavailable, true)));
    }

    [Test]
    public async Task A_burst_of_503_passes_unnoticed()
    {
        await using var rig = await FlakyAsync();
        rig.Proxy.Switch(ProxyMode.SlowDown, connections: 2);

        var stored = await rig.Store.PutAsync("burst", "text/plain", new("hello"u8.ToArray()), default);

        Assert.That(stored.SizeBytes, Is.EqualTo(5));
    }

    [TestCase(ProxyMode.SlowDown)]
    [TestCase(ProxyMode.Hang)]
    public async Task A_server_that_goes_on_failing_is_a_transient_failure_in_good_time(ProxyMode mode)
    {
        await using var rig = await FlakyAsync();
        rig.Proxy.Switch(mode);

        var error = Assert.ThrowsAsync<StorageException>(() => rig.Store.FindAsync("a", default));

        Assert.That((error.Error, error.IsTransient), Is.EqualTo((StorageError.Unavailable, true)));
    }

    [Test]
    public async Task Answers_that_come_in_drops_are_read_whole()
    {
        await using var rig = await FlakyAsync();
        var content = Bytes(seed: 3, count: 20_000);
        await rig.Store.PutAsync("slow", "text/plain", content, default);
        rig.Proxy.Switch(ProxyMode.Drip);

        await using var body = await rig.Store.OpenReadAsync("slow", 0, length: null, default);
        using var read = new MemoryStream();
        await body.CopyToAsync(read);

        Assert.That(read.ToArray(), Is.EqualTo(content.ToArray()));
    }

    [Test]
    public async Task A_completion_whose_answer_was_lost_is_a_completion()
    {
        await using var rig = await FlakyAsync();
        var upload = await rig.Store.StartAsync("lost", "text/plain", PartPolicy.MinBytes, default);
        var part = await rig.Store.UploadPartAsync(upload, 1, new("hello"u8.ToArray()), default);
        rig.Proxy.Switch(ProxyMode.LoseAnswer, connections: 1);

        var stored = await rig.Store.CompleteAsync(upload, [part], default);

        Assert.That((stored.SizeBytes, rig.Proxy.Mode), Is.EqualTo((5, ProxyMode.Pass)));
    }

    async Task<FlakyStore> FlakyAsync()
    {
        var proxy = new FlakyProxy((await Backends.CephAsync()).Endpoint);
        var options = await OptionsAsync() with { Endpoint = proxy.Address, RequestTimeout = TimeSpan.FromSeconds(2) };
        return new FlakyStore(proxy, new S3ObjectStore(options, TimeProvider.System));
    }

    sealed record FlakyStore(FlakyProxy Proxy, S3ObjectStore Store) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Store.Dispose();
            await Proxy.DisposeAsync();
        }
    }

    async Task<StorageOptions> OptionsAsync()
    {
        var ceph = await Backends.CephAsync();
        return new()
        {
            Kind = StorageKind.S3,
            Endpoint = ceph.Endpoint,
            Bucket = _bucket,
            AccessKey = ceph.AccessKey,
            SecretKey = ceph.SecretKey,
            RequestTimeout = TimeSpan.FromSeconds(60),
        };
    }
}
