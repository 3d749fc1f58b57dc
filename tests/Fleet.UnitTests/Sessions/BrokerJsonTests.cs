using System.Text.Json;
using Fleet.Sessions;

namespace Fleet.UnitTests.Sessions;

/// <summary>The internal API is spoken by replicas of different versions: its JSON changes only on purpose.</summary>
[Category("broker")]
public sealed class BrokerJsonTests
{
    [Test]
    public void A_lease_request_is_written_as_agreed() =>
        Assert.That(
            JsonSerializer.Serialize(Samples.Request, BrokerJson.Default.LeaseRequest),
            Is.EqualTo(
                """{"document_id":5000000000000001,"origin":{"username":"fleetdemo","peer_kind":"channel","peer_id":1500000001,"message_id":7},"dc":4,"bytes":1048576,"purpose":"download","exclude_accounts":["a2"],"wait_ms":0}"""
            )
        );

    [Test]
    public void A_grant_is_written_as_agreed() =>
        Assert.That(
            JsonSerializer.Serialize(Samples.Grant, BrokerJson.Default.LeaseGrant),
            Is.EqualTo(
                """{"lease_id":"a1-4-2-1","account":"a1","fence":12,"expires_at":"2026-01-01T00:00:30+00:00","dc":4,"addresses":[{"host":"127.0.0.1","port":4430,"media_only":true,"obfuscated":false}],"auth_key":"AQID","server_salt":77,"location":{"document_id":5000000000000001,"access_hash":-9,"file_reference":"BAU="},"connections":2,"window_bytes":2097152,"client":{"api_id":12345,"device_model":"Server","system_version":"Linux","app_version":"1.0","lang_code":"en"},"cdn_supported":false}"""
            )
        );

    [Test]
    public void A_resolved_item_leaves_out_what_is_not_known() =>
        Assert.That(
            JsonSerializer.Serialize(
                new ResolveResponse
                {
                    Items =
                    [
                        new MediaItem
                        {
                            DocumentId = 1,
                            SizeBytes = 2,
                            MimeType = "video/mp4",
                            Dc = 4,
                            Origin = Samples.Origin with { Username = null },
                        },
                    ],
                },
                BrokerJson.Default.ResolveResponse
            ),
            Is.EqualTo(
                """{"items":[{"document_id":1,"size_bytes":2,"mime_type":"video/mp4","dc":4,"protected":false,"origin":{"peer_kind":"channel","peer_id":1500000001,"message_id":7}}]}"""
            )
        );

    [Test]
    public void A_story_and_a_comment_say_how_they_are_found_again() =>
        Assert.That(
            JsonSerializer.Serialize(
                Samples.Request with
                {
                    Origin = Samples.Origin with { Kind = "story", Post = Samples.Origin with { MessageId = 9 } },
                },
                BrokerJson.Default.LeaseRequest
            ),
            Does.Contain(
                """7,"kind":"story","post":{"username":"fleetdemo","peer_kind":"channel","peer_id":1500000001,"message_id":9}}"""
            )
        );

    [Test]
    public void A_photo_and_the_qualities_of_a_video_are_written_as_agreed() =>
        Assert.That(
            JsonSerializer.Serialize(
                new ResolveResponse
                {
                    Items =
                    [
                        new MediaItem
                        {
                            DocumentId = 1,
                            Picture = new PictureRef { Of = "photo", SizeType = "y" },
                            SizeBytes = 2,
                            MimeType = "image/jpeg",
                            Dc = 4,
                            Date = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
                            Qualities =
                            [
                                new QualityItem
                                {
                                    DocumentId = 7,
                                    SizeBytes = 8,
                                    MimeType = "video/mp4",
                                    Dc = 4,
                                    Height = 480,
                                    Codec = "h264",
                                },
                            ],
                            Origin = Samples.Origin,
                        },
                    ],
                },
                BrokerJson.Default.ResolveResponse
            ),
            Is.EqualTo(
                """{"items":[{"document_id":1,"picture":{"of":"photo","size_type":"y"},"size_bytes":2,"mime_type":"image/jpeg","dc":4,"date":"2026-01-01T00:00:00+00:00","qualities":[{"document_id":7,"size_bytes":8,"mime_type":"video/mp4","dc":4,"height":480,"codec":"h264"}],"protected":false,"origin":{"username":"fleetdemo","peer_kind":"channel","peer_id":1500000001,"message_id":7}}]}"""
            )
        );

    [Test]
    public void A_report_is_written_as_agreed() =>
        Assert.That(
            JsonSerializer.Serialize(
                new RenewRequest
                {
                    Fence = 12,
                    Outcomes =
                    [
                        new LeaseOutcome { Kind = OutcomeKind.FloodWait, Seconds = 5 },
                        new LeaseOutcome { Kind = OutcomeKind.Ok, Count = 40 },
                    ],
                },
                BrokerJson.Default.RenewRequest
            ),
            Is.EqualTo(
                """{"fence":12,"outcomes":[{"kind":"flood_wait","count":1,"seconds":5},{"kind":"ok","count":40}]}"""
            )
        );

    [Test]
    public void Members_of_a_newer_version_are_ignored()
    {
        var request = JsonSerializer.Deserialize(
            """{"link":"https://t.me/a/1","new_member":{"x":1}}""",
            BrokerJson.Default.ResolveRequest
        );

        Assert.That(request?.Link, Is.EqualTo("https://t.me/a/1"));
    }

    [Test]
    public void A_request_without_a_required_member_is_refused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("{}", BrokerJson.Default.ResolveRequest));
}
