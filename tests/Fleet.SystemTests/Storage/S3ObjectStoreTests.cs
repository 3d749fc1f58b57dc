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
