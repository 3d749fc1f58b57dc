using Fleet.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.SystemTests.Storage;

/// <summary>The directory store behind a small web server that serves its links as Intake does.</summary>
[Category("pipeline")]
public sealed class DirectoryObjectStoreTests : ObjectStoreConformance
{
    readonly string _root = Directory.CreateTempSubdirectory("fleet-store-").FullName;
    WebApplication? _server;

    protected override async Task<IObjectStore> OpenAsync()
    {
        _server ??= await ServeAsync();
        return Open(new(_server.Urls.Single()));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Test]
    public async Task A_part_whose_write_was_cut_off_is_not_listed()
    {
        var upload = await Store.StartAsync("cut/off", "video/mp4", PartBytes, default);
        var kept = await Store.UploadPartAsync(upload, 1, Bytes(1, PartBytes), default);
        var directory = Path.Combine(_root, "uploads", upload.UploadId);
        await File.WriteAllTextAsync(Path.Combine(directory, "2"), "");
        await File.WriteAllTextAsync(Path.Combine(directory, "3.0123456789abcdef"), "10 0123456789abcdef");

        Assert.That(await Store.ListPartsAsync(upload, default), Is.EqualTo([kept]));
        await Store.AbortAsync(upload, default);
    }

    [Test]
    public async Task Nothing_is_left_behind_by_finished_work()
    {
        var upload = await Store.StartAsync("tidy/a", "video/mp4", PartBytes, default);
        var part = await Store.UploadPartAsync(upload, 1, Bytes(1, 10), default);
        await Store.CompleteAsync(upload, [part], default);
        await Store.DeleteAsync("tidy/a", default);

        Assert.That(Directory.Exists(Path.Combine(_root, "objects", "tidy")), Is.False);
        Assert.That(Directory.GetDirectories(Path.Combine(_root, "uploads"), upload.UploadId + "*"), Is.Empty);
    }

    [TestCase("..")]
    [TestCase("../objects")]
    [TestCase("not-an-id")]
    public void An_upload_id_that_is_not_ours_never_becomes_a_path(string id)
    {
        var error = Assert.ThrowsAsync<StorageException>(() => Store.AbortAsync(new("a", id, PartBytes), default));

        Assert.That(error.Error, Is.EqualTo(StorageError.NoSuchUpload));
    }

    DirectoryObjectStore Open(Uri publicUrl) =>
        new(_root, publicUrl, new("0123456789abcdef0123456789abcdef", TimeProvider.System));

    async Task<WebApplication> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var store = Open(new("http://127.0.0.1"));
        app.MapGet(
            LinkSigner.PathPrefix + "{**key}",
            (string key, HttpContext context) =>
            {
                if (store.Links.Verify(key, context.Request.QueryString.Value, out var link) != LinkVerdict.Valid)
                    return Results.StatusCode(StatusCodes.Status403Forbidden);
                context.Response.Headers.ContentDisposition = link!.Disposition;
                return Results.File(store.PathOf(link.Key), link.ContentType, enableRangeProcessing: true);
            }
        );
        await app.StartAsync();
        return app;
    }
}
