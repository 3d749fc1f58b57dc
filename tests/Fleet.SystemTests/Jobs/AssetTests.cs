using Fleet.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Fleet.SystemTests.Jobs;

/// <summary>Jobs that want the same file, on a real database.</summary>
[Category("pipeline")]
public sealed class AssetTests
{
    const long Film = 7;
    const long Trailer = 8;

    static readonly CancellationToken None = CancellationToken.None;
    static readonly AssetUpload Upload = new(
        "assets/a/1/file.mp4",
        "upload-1",
        PartBytes: 8 << 20,
        new ResultFacts { ContentType = "video/mp4" }
    );

    JobsDatabase _jobs = null!;

    [SetUp]
    public async Task SetUpAsync() => _jobs = await JobsDatabase.CreateAsync();

    [TearDown]
    public async Task TearDownAsync() => await _jobs.DisposeAsync();

    [Test]
    public async Task Of_many_jobs_for_one_file_one_fetches_it_and_the_others_wait_without_a_claim()
    {
        var claims = await ClaimManyAsync(16);

        var turns = await Task.WhenAll(claims.Select(claim => _jobs.BeginAsync(claim, Film)));

        var transfers = turns.Count(turn => turn is AssetTurn.Transfer);
        var attached = turns.Count(turn => turn is AssetTurn.Attached);
        var waiting = claims.Where((_, n) => turns[n] is AssetTurn.Attached).Select(claim => claim.JobId).ToList();
        var late = await _jobs.Claims.ClaimAsync(waiting[0], "worker-2", None);
        var due = await _jobs.Reconciler.EnqueueDueAsync(None);
        var job = await _jobs.ReadAsync(waiting[0]);
        Assert.That((transfers, attached, late, due), Is.EqualTo((1, 15, (JobClaim?)null, 0)));
        Assert.That(
            (job.Status, job.WaitReason, job.WaitUntil, job.LeaseUntil),
            Is.EqualTo((JobStatus.Queued, WaitReason.Shared, (DateTimeOffset?)null, (DateTimeOffset?)null))
        );
    }

    [Test]
    public async Task Another_plan_or_another_picture_is_another_file()
    {
        await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);
        var original = await _jobs.ClaimNewAsync(job =>
            job with
            {
                Options = new JobOptions { Container = ResultContainer.Original },
            }
        );
        var poster = await _jobs.ClaimNewAsync();

        var plan = await _jobs.BeginAsync(original, Film);
        var picture = await _jobs.Assets.BeginAsync(
            poster,
            new JobMedia { DocumentId = Film, SizeBytes = 5 },
            [new AssetWish(Film, "document:m", 5, "poster.jpg")],
            (_, _) => Task.FromResult(true),
            None
        );

        Assert.That(plan, Is.TypeOf<AssetTurn.Transfer>());
        Assert.That(picture, Is.TypeOf<AssetTurn.Transfer>());
    }

    [Test]
    public async Task The_end_of_the_transfer_ends_every_job_with_a_webhook_of_its_own()
    {
        var second = await _jobs.AddTenantAsync("second");
        var owner = await _jobs.ClaimNewAsync(job => job with { WebhookUrl = "https://a.example/hook" });
        var other = await _jobs.ClaimNewAsync(job =>
            job with
            {
                TenantId = second,
                WebhookUrl = "https://b.example/hook",
            }
        );
        var asset = await _jobs.TransferAsync(owner, Film);
        await _jobs.BeginAsync(other, Film);

        var turn = await _jobs.CompleteAsync(asset);

        var found = await _jobs.Store.FindOrNullAsync(second, other.JobId, None);
        var webhooks = await _jobs.CountAsync(
            "select count(*) from webhook_delivery where event_type = 'job.succeeded'"
        );
        Assert.Multiple(() =>
        {
            Assert.That(turn, Is.EqualTo(new AssetTurn.Succeeded(5)));
            Assert.That(found!.Job.Status, Is.EqualTo(JobStatus.Succeeded));
            Assert.That(found.Files[0].ObjectKey, Is.EqualTo(JobsDatabase.ResultOf(owner).Key));
            Assert.That((found.Files[0].Id, found.Files[0].Name), Is.EqualTo(("media", "clip.mp4")));
            Assert.That(webhooks, Is.EqualTo(2));
        });
    }

    [Test]
    public async Task Source_bytes_that_were_stored_besides_go_when_the_result_is_there()
    {
        var converted = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);
        await _jobs.Assets.SaveUploadAsync(converted, Upload with { Facts = null }, None);
        var original = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Trailer);
        var result = JobsDatabase.ResultOf(original.Job);
        await _jobs.Assets.SaveUploadAsync(original, Upload with { Key = result.Key }, None);

        await _jobs.CompleteAsync(converted);
        await _jobs.CompleteAsync(original);

        Assert.That(await DeletedKeysAsync(), Is.EqualTo([$"{Upload.Key} {Upload.UploadId}"]));
    }

    [Test]
    public async Task Files_that_belong_to_a_file_come_and_go_with_it()
    {
        var claim = await _jobs.ClaimNewAsync();
        var asset = await _jobs.TransferAsync(claim, Film);
        var result = JobsDatabase.ResultOf(claim);
        var subtitles = new SideFile(
            "subtitles-1",
            "rus.vtt",
            "assets/a/1/subtitles-1.vtt",
            SizeBytes: 7,
            result.Sha256,
            "text/vtt",
            new("subtitle", "webvtt") { Language = "rus" }
        );

        await _jobs.Assets.CompleteAsync(asset, result with { SideFiles = [subtitles] }, None);

        var found = await _jobs.Store.FindOrNullAsync(_jobs.TenantId, claim.JobId, None);
        Assert.That(
            found!.Files.Select(file => (file.Id, file.Name, file.ObjectKey)),
            Is.EqualTo([
                ("media", "clip.mp4", result.Key),
                ("media-subtitles-1", "clip.rus.vtt", "assets/a/1/subtitles-1.vtt"),
            ])
        );
        await _jobs.SqlAsync("delete from job_file");
        await _jobs.SqlAsync("delete from job_asset");
        await _jobs.SqlAsync("update asset set used_at = now() - interval '30 days'");
        await _jobs.Reconciler.SweepAsync(None);
        Assert.That(await DeletedKeysAsync(), Is.EquivalentTo([$"{result.Key} ", "assets/a/1/subtitles-1.vtt "]));
    }

    [Test]
    public async Task More_jobs_than_one_transaction_ends_all_end()
    {
        var asset = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);
        foreach (var claim in await ClaimManyAsync(130))
            await _jobs.BeginAsync(claim, Film);

        await _jobs.CompleteAsync(asset);

        Assert.That(await _jobs.CountAsync("select count(*) from job where status = 'succeeded'"), Is.EqualTo(131));
    }

    [Test]
    public async Task A_later_job_has_the_file_at_once()
    {
        await _jobs.CompleteAsync(await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film));

        var turn = await _jobs.BeginAsync(await _jobs.ClaimNewAsync(), Film);

        Assert.That(turn, Is.EqualTo(new AssetTurn.Succeeded(5)));
    }

    [Test]
    public async Task A_file_that_the_store_has_lost_is_fetched_again()
    {
        await _jobs.CompleteAsync(await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film));

        var turn = await _jobs.Assets.BeginAsync(
            await _jobs.ClaimNewAsync(),
            new JobMedia { DocumentId = Film, SizeBytes = 5 },
            [new AssetWish(Film, "", 5, "clip.mkv")],
            (_, _) => Task.FromResult(false),
            None
        );

        Assert.That(turn, Is.TypeOf<AssetTurn.Transfer>());
    }

    [Test]
    public async Task Who_waits_sees_how_far_the_one_is_that_fetches()
    {
        var owner = await _jobs.ClaimNewAsync();
        var asset = await _jobs.TransferAsync(owner, Film);
        var other = await _jobs.ClaimNewAsync();
        await _jobs.BeginAsync(other, Film);

        await _jobs.Claims.RenewAsync(owner, new(3, 5, 2), new(asset.AssetId, 3), None);

        var found = await _jobs.Store.FindOrNullAsync(_jobs.TenantId, other.JobId, None);
        var listed = await _jobs.Store.ListAsync(_jobs.TenantId, [JobStatus.Queued], null, null, 10, None);
        Assert.That(
            (found!.Job.BytesDone, found.Job.BytesTotal, found.Job.BytesPerSecond, found.Job.ProgressAt is null),
            Is.EqualTo((3L, (long?)5, (long?)2, false))
        );
        Assert.That(listed[0].Job.BytesDone, Is.EqualTo(3));
    }

    [Test]
    public async Task A_canceled_owner_hands_over_what_it_has_stored()
    {
        var owner = await _jobs.ClaimNewAsync();
        var asset = await _jobs.TransferAsync(owner, Film);
        await _jobs.Assets.SaveUploadAsync(asset, Upload, None);
        var waiting = await AttachManyAsync(2);
        await _jobs.SqlAsync("delete from outbox");
        await _jobs.Store.CancelAsync(_jobs.TenantId, owner.JobId, None);

        await _jobs.Claims.ConfirmCancelAsync(owner, None);

        await using var db = await _jobs.OpenAsync();
        var message = await db.Outbox.SingleAsync();
        var heir = (await _jobs.Claims.ClaimAsync(waiting[0], "worker-2", None))!;
        var inherited = await _jobs.TransferAsync(heir, Film);
        var still = await _jobs.ReadAsync(waiting[1]);
        Assert.That((message.JobId, still.WaitReason), Is.EqualTo((waiting[0], (WaitReason?)WaitReason.Shared)));
        Assert.That((inherited.Upload!.Key, inherited.Upload.UploadId), Is.EqualTo((Upload.Key, Upload.UploadId)));
        Assert.That(await DeletedKeysAsync(), Is.Empty);
    }

    [Test]
    public async Task A_canceled_owner_for_whom_nobody_waits_takes_its_upload_along()
    {
        var owner = await _jobs.ClaimNewAsync();
        await _jobs.Assets.SaveUploadAsync(await _jobs.TransferAsync(owner, Film), Upload, None);
        await _jobs.Store.CancelAsync(_jobs.TenantId, owner.JobId, None);

        await _jobs.Claims.ConfirmCancelAsync(owner, None);

        var assets = await _jobs.CountAsync("select count(*) from asset");
        Assert.That(assets, Is.Zero);
        Assert.That(await DeletedKeysAsync(), Is.EqualTo([$"{Upload.Key} {Upload.UploadId}"]));
    }

    [Test]
    public async Task Canceling_one_who_waits_stops_nobody_else()
    {
        var asset = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);
        var waiting = await AttachManyAsync(2);

        await _jobs.Store.CancelAsync(_jobs.TenantId, waiting[0], None);
        await _jobs.CompleteAsync(asset);

        var canceled = await _jobs.ReadAsync(waiting[0]);
        var served = await _jobs.ReadAsync(waiting[1]);
        Assert.That((canceled.Status, served.Status), Is.EqualTo((JobStatus.Canceled, JobStatus.Succeeded)));
    }

    [Test]
    public async Task A_worker_that_was_thought_dead_publishes_nothing_once_another_has_its_turn()
    {
        var zombie = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);
        await _jobs.ExpireLeasesAsync();
        await _jobs.Reconciler.ExpireLeasesAsync(None);
        var heir = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);

        var saved = await _jobs.Assets.SaveUploadAsync(zombie, Upload, None);
        var published = await _jobs.CompleteAsync(zombie);
        var renewed = await _jobs.Claims.RenewAsync(zombie.Job, new(5, 5, 1), new(zombie.AssetId, 5), None);

        await using var db = await _jobs.OpenAsync();
        var asset = await db.Assets.SingleAsync();
        Assert.Multiple(() =>
        {
            Assert.That((saved, renewed), Is.EqualTo((ClaimState.Lost, ClaimState.Lost)));
            Assert.That(published, Is.EqualTo(new AssetTurn.Refused(ClaimState.Lost)));
            Assert.That((asset.Fence, asset.Upload, asset.BytesDone), Is.EqualTo((heir.Job.Fence, (object?)null, 0L)));
        });
    }

    [Test]
    public async Task A_dead_owner_that_comes_back_waits_for_the_one_that_took_over()
    {
        var dead = await _jobs.ClaimNewAsync();
        await _jobs.TransferAsync(dead, Film);
        await _jobs.ExpireLeasesAsync();
        await _jobs.Reconciler.ExpireLeasesAsync(None);
        var heir = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);

        var again = (await _jobs.Claims.ClaimAsync(dead.JobId, "worker-2", None))!;
        var turn = await _jobs.BeginAsync(again, Film);
        await _jobs.CompleteAsync(heir);

        var job = await _jobs.ReadAsync(dead.JobId);
        Assert.That((turn, job.Status), Is.EqualTo(((AssetTurn)new AssetTurn.Attached(), JobStatus.Succeeded)));
    }

    [TestCase("media_truncated", JobStatus.Failed)]
    [TestCase("source_private", JobStatus.Queued)]
    public async Task A_fault_of_the_file_is_everybodys_and_one_of_the_link_is_its_jobs(string code, JobStatus others)
    {
        var owner = await _jobs.ClaimNewAsync();
        await _jobs.TransferAsync(owner, Film);
        var waiting = await AttachManyAsync(1);

        await _jobs.Claims.EndAsync(owner, JobError.Of(code), wait: null, None);

        var job = await _jobs.ReadAsync(waiting[0]);
        Assert.That(
            (job.Status, job.AssetId, job.Error?.Code == code),
            Is.EqualTo((others, (Guid?)null, others is JobStatus.Failed))
        );
    }

    [Test]
    public async Task A_file_that_kills_three_workers_is_not_given_to_a_fourth()
    {
        var owner = await _jobs.ClaimNewAsync();
        await _jobs.TransferAsync(owner, Film);
        var waiting = await AttachManyAsync(1);
        await _jobs.SqlAsync("update job set lost_leases = 2 where status = 'running'");
        await _jobs.ExpireLeasesAsync();

        await _jobs.Reconciler.ExpireLeasesAsync(None);

        var job = await _jobs.ReadAsync(waiting[0]);
        Assert.That((job.Status, job.Error?.Code), Is.EqualTo((JobStatus.Failed, JobFaults.WorkerLost)));
    }

    [Test]
    public async Task A_job_with_two_files_waits_for_the_one_that_another_fetches_and_goes_on_with_the_next()
    {
        var film = await _jobs.TransferAsync(await _jobs.ClaimNewAsync(), Film);
        var album = await _jobs.ClaimNewAsync();
        var first = await _jobs.BeginAsync(album, Film, Trailer);
        await _jobs.CompleteAsync(film);

        var woken = (await _jobs.Claims.ClaimAsync(album.JobId, "worker-2", None))!;
        var second = await _jobs.TransferAsync(woken, Film, Trailer);
        var last = await _jobs.CompleteAsync(second);

        var found = await _jobs.Store.FindOrNullAsync(_jobs.TenantId, album.JobId, None);
        Assert.That(
            (first, last),
            Is.EqualTo(((AssetTurn)new AssetTurn.Attached(), (AssetTurn)new AssetTurn.Succeeded(10)))
        );
        Assert.That((second.Position, second.BytesDone), Is.EqualTo((1, 5L)));
        Assert.That(found!.Files.Select(file => file.Id), Is.EqualTo(["media", "media-2"]));
    }

    [Test]
    public async Task Albums_that_overlap_in_any_order_all_end()
    {
        long[][] albums =
        [
            [1, 2, 3],
            [3, 2, 1],
            [2, 3, 1],
            [1, 3, 2],
            [2, 1, 3],
            [3, 1, 2],
        ];
        var jobs = new List<(Guid Job, long[] Album)>();
        foreach (var album in albums.Concat(albums))
            jobs.Add((await _jobs.QueueAsync(), album));

        for (var round = 0; round < 12; round++)
            await Task.WhenAll(jobs.Select(job => RunAsync(job.Job, job.Album)));

        var ended = await _jobs.CountAsync("select count(*) from job where status = 'succeeded'");
        var assets = await _jobs.CountAsync("select count(*) from asset where result is not null");
        Assert.That((ended, assets), Is.EqualTo((12L, 3L)));
    }

    [Test]
    public async Task What_a_crash_left_undone_is_done_by_the_reconciler()
    {
        var owner = await _jobs.ClaimNewAsync();
        await _jobs.TransferAsync(owner, Film);
        var waiting = await AttachManyAsync(1);
        await _jobs.SqlAsync(
            $"update job set status = 'canceled', lease_until = null, finished_at = now() where id = '{owner.JobId}'"
        );

        var tended = await _jobs.Reconciler.TendAssetsAsync(None);
        var again = await _jobs.Reconciler.TendAssetsAsync(None);

        var heir = await _jobs.Claims.ClaimAsync(waiting[0], "worker-2", None);
        Assert.That((tended, again, heir is null), Is.EqualTo((1, 0, false)));
    }

    [Test]
    public async Task An_object_is_deleted_when_no_job_refers_to_it_and_it_was_kept_long_enough()
    {
        var owner = await _jobs.ClaimNewAsync();
        var other = await _jobs.ClaimNewAsync();
        await _jobs.CompleteAsync(await _jobs.TransferAsync(owner, Film));
        await _jobs.BeginAsync(other, Film);
        await _jobs.SqlAsync("update asset set used_at = now() - interval '2 days'");

        await ForgetAsync(owner.JobId);
        var referred = await DeletedKeysAsync();
        await ForgetAsync(other.JobId);
        var deleted = await DeletedKeysAsync();

        Assert.That(referred, Is.Empty);
        Assert.That(deleted, Is.EqualTo([$"{JobsDatabase.ResultOf(owner).Key} "]));
    }

    [Test]
    public async Task An_unreferred_object_answers_new_jobs_while_it_is_kept()
    {
        var owner = await _jobs.ClaimNewAsync();
        await _jobs.CompleteAsync(await _jobs.TransferAsync(owner, Film));

        await ForgetAsync(owner.JobId);
        var turn = await _jobs.BeginAsync(await _jobs.ClaimNewAsync(), Film);

        Assert.That(turn, Is.TypeOf<AssetTurn.Succeeded>());
    }

    [Test]
    public async Task An_object_that_the_store_did_not_remove_is_handed_out_again_later()
    {
        await _jobs.SqlAsync("insert into deletion (object_key, due_at) values ('a', now()), ('b', now())");

        var first = await _jobs.Deletions.DrainAsync(10, (row, _) => Task.FromResult(row.ObjectKey == "a"), None);
        var second = await _jobs.Deletions.DrainAsync(10, (_, _) => Task.FromResult(true), None);
        await _jobs.SqlAsync("update deletion set due_at = now()");
        var third = await _jobs.Deletions.DrainAsync(10, (_, _) => Task.FromResult(true), None);

        Assert.That((first, second, third), Is.EqualTo((2, 0, 1)));
    }

    async Task RunAsync(Guid jobId, long[] album)
    {
        if (await _jobs.Claims.ClaimAsync(jobId, "worker-1", None) is not { } claim)
            return;
        var turn = await _jobs.BeginAsync(claim, album);
        while (turn is AssetTurn.Transfer { Asset: var asset })
            turn = await _jobs.CompleteAsync(asset);
    }

    async Task<List<JobClaim>> ClaimManyAsync(int count)
    {
        var claims = new List<JobClaim>();
        for (var n = 0; n < count; n++)
            claims.Add(await _jobs.ClaimNewAsync());
        return claims;
    }

    /// <summary>Jobs that wait for the film, oldest first.</summary>
    async Task<List<Guid>> AttachManyAsync(int count)
    {
        var claims = await ClaimManyAsync(count);
        foreach (var claim in claims)
            Assert.That(await _jobs.BeginAsync(claim, Film), Is.TypeOf<AssetTurn.Attached>());
        return claims.ConvertAll(claim => claim.JobId);
    }

    /// <summary>A finished job grows old and is swept.</summary>
    async Task ForgetAsync(Guid jobId)
    {
        await _jobs.SqlAsync($"update job set finished_at = now() - interval '31 days' where id = '{jobId}'");
        await _jobs.Reconciler.SweepAsync(None);
    }

    async Task<List<string>> DeletedKeysAsync()
    {
        await using var db = await _jobs.OpenAsync();
        return await db
            .Deletions.OrderBy(row => row.Id)
            .Select(row => row.ObjectKey + " " + row.UploadId)
            .ToListAsync();
    }
}
