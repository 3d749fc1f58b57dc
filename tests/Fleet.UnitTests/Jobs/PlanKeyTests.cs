using System.Text.Json;
using Fleet.Jobs;

namespace Fleet.UnitTests.Jobs;

[Category("pipeline")]
public sealed class PlanKeyTests
{
    [TestCase("{}", "auto")]
    [TestCase("""{"file_name":"other.mp4"}""", "auto")]
    [TestCase("""{"container":"mp4","audio":{"languages":["de","en"]}}""", "mp4 languages=de,en")]
    [TestCase("""{"container":"mp4","audio":{"index":1,"languages":["de"],"keep_all":true}}""", "mp4 index=1 all")]
    [TestCase("""{"container":"original","audio":{"index":1}}""", "original")]
    [TestCase("""{"allow_transcode":true,"metadata_file":true,"poster":true}""", "auto transcode poster")]
    public void What_decides_the_result_is_in_the_key_and_nothing_else(string options, string key) =>
        Assert.That(PlanKey.Of(JsonSerializer.Deserialize<JobOptions>(options, JobJson.Options)!), Is.EqualTo(key));

    [Test]
    public void An_upload_and_a_result_survive_their_way_through_json()
    {
        var facts = new ResultFacts { ContentType = "video/mp4", Streams = [new("video", "h264")] };
        var upload = new AssetUpload("assets/a/1/file.mp4", "upload-id", 8 << 20, facts);
        var result = new AssetResult("assets/a/1/file.mp4", 5, [1, 2, 3], facts);

        var readUpload = Again(upload);
        var readResult = Again(result);

        Assert.That((readUpload.UploadId, readUpload.Facts!.Streams[0].Codec), Is.EqualTo(("upload-id", "h264")));
        Assert.That((readResult.SizeBytes, readResult.Sha256[2]), Is.EqualTo((5L, (byte)3)));
    }

    static T Again<T>(T value) =>
        JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, JobJson.Options), JobJson.Options)!;
}
