using System.Text;
using System.Text.Json;
using Fleet.Jobs.Rows;
using Fleet.SystemTests.Foreign;
using Fleet.Testing;
using static System.StringComparison;

namespace Fleet.SystemTests.Notifier;

/// <summary>Deliveries over a real Postgres to a real receiver.</summary>
[Category("front")]
public sealed class DeliveryTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Test]
    public async Task The_end_of_a_job_arrives_signed()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        var written = await rig.EndJobAsync();
        await rig.StartNotifierAsync();

        var row = await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Delivered);

        Assert.That(
            rig.Receiver.Received,
            Is.EqualTo(new[] { new ReceivedWebhook(written.Id, Encoding.UTF8.GetString(written.Body), true) })
        );
        Assert.That(
            (row.Attempt, row.LastStatus, row.LastError, row.LastResponse, row.NextAt),
            Is.EqualTo((1, 204, (string?)null, "", (DateTimeOffset?)null))
        );
    }

    [Test]
    public async Task After_a_500_the_same_message_is_sent_again_when_its_pause_is_over()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        rig.Receiver.Answer = _ => rig.Receiver.Received.Count == 0 ? 500 : 204;
        var written = await rig.EndJobAsync();
        await rig.StartNotifierAsync();

        var failed = await rig.UntilAsync(written.Id, d => d.LastStatus == 500);
        var failing = await rig.EndpointAsync();
        var delivered = await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Delivered);
        var healthy = await rig.EndpointAsync();

        Assert.Multiple(() =>
        {
            Assert.That(
                (failed.State, failed.Attempt, failed.LastError),
                Is.EqualTo((DeliveryState.Pending, 1, "not_accepted"))
            );
            Assert.That(failed.NextAt, Is.EqualTo(failing.FirstFailedAt + TimeSpan.FromSeconds(5)));
            Assert.That(delivered.DeliveredAt, Is.GreaterThanOrEqualTo(failed.NextAt!));
            Assert.That(rig.Receiver.Received.Select(w => (w.Id, w.Verified)), Is.All.EqualTo((written.Id, true)));
            Assert.That(rig.Receiver.Received, Has.Count.EqualTo(2));
            Assert.That(
                (failing.FailuresInRow, healthy.FailuresInRow, healthy.FirstFailedAt),
                Is.EqualTo((1, 0, (DateTimeOffset?)null))
            );
        });
    }

    [Test]
    public async Task While_a_secret_is_rotated_both_sign()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        var written = await rig.EndJobAsync(); // the receiver knows the secret of now
        var endpoint = await rig.EndpointAsync();
        await rig.Jobs.Webhooks.RotateOrNullAsync(rig.Jobs.TenantId, endpoint.Id, CancellationToken.None);
        await rig.StartNotifierAsync();

        await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Delivered);

        Assert.That(rig.Receiver.Received.Select(w => w.Verified), Is.EqualTo([true]));
    }

    [Test]
    public async Task Another_verifier_accepts_them_also_while_a_secret_is_rotated_and_no_old_or_changed_one()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        var written = await rig.EndJobAsync();
        var before = await rig.EndpointAsync();
        await rig.Jobs.Webhooks.RotateOrNullAsync(rig.Jobs.TenantId, before.Id, CancellationToken.None);
        var after = await rig.EndpointAsync();
        await rig.StartNotifierAsync();
        await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Delivered);
        var hook = rig.Receiver.Raw.Single();

        var verdicts = await ForeignClients.RunNodeAsync(
            "verify-webhooks.mjs",
            [],
            JsonSerializer.Serialize(
                new[]
                {
                    Signed(before.Secret, hook),
                    Signed(after.Secret, hook),
                    Signed(after.Secret, hook with { Body = hook.Body.Replace("succeeded", "failed", Ordinal) }),
                    Signed(after.Secret, hook with { Timestamp = "1614265330" }),
                    Signed("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", hook),
                },
                JsonSerializerOptions.Web
            ),
            Deadline
        );

        Assert.That(
            verdicts.AsArray().Select(verdict => verdict!.ToJsonString()),
            Is.EqualTo([
                "true",
                "true",
                "\"No matching signature found\"",
                "\"Message timestamp too old\"",
                "\"No matching signature found\"",
            ])
        );
    }

    static object Signed(string secret, RawWebhook hook) =>
        new
        {
            secret,
            hook.Id,
            hook.Timestamp,
            hook.Signature,
            hook.Body,
        };

    [Test]
    public async Task A_redelivery_is_one_try_under_the_same_id_whatever_the_schedule_says()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        var written = await rig.EndJobAsync();
        await rig.StartNotifierAsync();
        await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Delivered);
        rig.Receiver.Answer = _ => 503;

        await rig.Jobs.Webhooks.RedeliverOrNullAsync(rig.Jobs.TenantId, written.Id, CancellationToken.None);
        var failed = await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Failed);

        Assert.That((failed.Attempt, failed.LastStatus, failed.NextAt), Is.EqualTo((2, 503, (DateTimeOffset?)null)));
        Assert.That(rig.Receiver.Received.Select(w => w.Id), Is.EqualTo([written.Id, written.Id]));
    }

    [Test]
    public async Task A_test_event_arrives_signed_and_tells_of_no_job()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        await rig.EndJobAsync();
        var endpoint = await rig.EndpointAsync();
        var test = await rig.Jobs.Webhooks.TestOrNullAsync(rig.Jobs.TenantId, endpoint.Id, CancellationToken.None);
        await rig.StartNotifierAsync();

        var row = await rig.UntilAsync(test!.Id, d => d.State == DeliveryState.Delivered);

        Assert.That((row.JobId, row.EventType), Is.EqualTo(((Guid?)null, "webhook.test")));
        Assert.That(rig.Receiver.Received.Single(w => w.Id == test.Id).Body, Does.Contain("\"webhook.test\""));
    }

    [Test]
    public async Task A_new_notifier_goes_on_where_the_old_one_stopped()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        rig.Receiver.Answer = _ => 503;
        var written = await rig.EndJobAsync();
        await rig.StartNotifierAsync();
        await rig.UntilAsync(written.Id, d => d.LastStatus == 503);
        await rig.StopNotifierAsync();

        rig.Receiver.Answer = _ => 200;
        await rig.StartNotifierAsync();
        var row = await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Delivered);

        Assert.That((row.Attempt, rig.Receiver.Received.Last().Id), Is.EqualTo((2, written.Id)));
    }

    [Test]
    public async Task A_killed_notifier_loses_nothing()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        using var arrived = new SemaphoreSlim(0);
        using var gone = new ManualResetEventSlim();
        rig.Receiver.Answer = _ =>
        {
            arrived.Release();
            gone.Wait(Deadline);
            return 204;
        };
        var written = await rig.EndJobAsync();
        await using (var first = await StartProcessAsync(rig))
        {
            Assert.That(await arrived.WaitAsync(Deadline), Is.True);
            await first.KillAsync();
        }
        gone.Set();
        await rig.Jobs.SqlAsync("update webhook_delivery set next_at = now()"); // the claim of the dead one runs out

        await using var second = await StartProcessAsync(rig);
        await second.LineAsync("Delivered", Deadline);

        Assert.That(
            rig.Receiver.Received.Select(w => (w.Id, w.Verified)),
            Is.EqualTo(new[] { (written.Id, true), (written.Id, true) })
        );
    }

    [Test]
    public async Task Gone_disables_the_endpoint_and_what_waits_for_it_is_given_up()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        rig.Receiver.Answer = _ => 410;
        var first = await rig.EndJobAsync();
        await rig.StartNotifierAsync();
        await rig.UntilAsync(first.Id, d => d.State == DeliveryState.Failed);
        await rig.StopNotifierAsync();
        await rig.Jobs.SqlAsync(
            $"update webhook_delivery set state = 'pending', next_at = now(), attempt = 0 where id = '{first.Id}'"
        );

        await rig.StartNotifierAsync();
        var row = await rig.UntilAsync(first.Id, d => d.State == DeliveryState.Failed);

        var endpoint = await rig.EndpointAsync();
        Assert.That(
            (row.Attempt, row.LastError, endpoint.DisabledReason, rig.Receiver.Received.Count),
            Is.EqualTo((0, "endpoint_disabled", "gone", 1))
        );
    }

    [Test]
    public async Task An_endpoint_that_has_failed_for_120_hours_is_disabled()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        rig.Receiver.Answer = _ => 500;
        var written = await rig.EndJobAsync();
        await rig.Jobs.SqlAsync(
            "update webhook_endpoint set failures_in_row = 7, first_failed_at = now() - interval '120 hours'"
        );
        await rig.StartNotifierAsync();

        await rig.UntilAsync(written.Id, d => d.State == DeliveryState.Failed);

        Assert.That((await rig.EndpointAsync()).DisabledReason, Is.EqualTo("failing"));
    }

    [Test]
    public async Task Loopback_is_refused_unless_it_is_allowed()
    {
        await using var rig = await NotifierRig.StartAsync();
        var written = await rig.EndJobAsync();
        await rig.StartNotifierAsync();

        var row = await rig.UntilAsync(written.Id, d => d.LastError is not null);

        Assert.That(
            (row.State, row.LastError, row.LastStatus, row.LastResponse, rig.Receiver.Received.Count),
            Is.EqualTo((DeliveryState.Pending, "address_refused", (int?)null, (string?)null, 0))
        );
    }

    [Test]
    public async Task A_dead_endpoint_does_not_hold_up_a_healthy_one()
    {
        await using var rig = await NotifierRig.StartAsync("127.0.0.0/8");
        await using var dead = await WebhookReceiver.StartAsync();
        using var release = new ManualResetEventSlim();
        dead.Answer = _ =>
        {
            release.Wait(Deadline);
            return 204;
        };
        for (var n = 0; n < 10; n++)
            await rig.EndJobAsync(dead.Url.AbsoluteUri);
        var healthy = await rig.EndJobAsync();
        await rig.StartNotifierAsync();

        await rig.UntilAsync(healthy.Id, d => d.State == DeliveryState.Delivered);

        var taken = await rig.Jobs.CountAsync("select count(*) from webhook_delivery where attempt = 1");
        release.Set();
        Assert.That(taken, Is.EqualTo(5), "four to the dead endpoint, one to the healthy one");
    }

    static async Task<ChildProcess> StartProcessAsync(NotifierRig rig) =>
        await ChildProcess.StartAsync(
            "notifier",
            [Repository.Executable("Fleet.Notifier")],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Ports.FreeBlock()}",
                ["FLEET_Postgres__ConnectionString"] = rig.Jobs.ConnectionString,
                ["FLEET_Notifier__AllowedNetworks__0"] = "127.0.0.0/8",
                ["FLEET_Notifier__PollInterval"] = "00:00:00.1",
            }
        );
}
