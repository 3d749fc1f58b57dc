using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Jobs;

/// <summary>One file that a job wants.</summary>
/// <param name="DocumentId">Telegram's id of the document or photo.</param>
/// <param name="Picture">Which picture of it, as kind:size, at most 32 characters; empty for a document itself.</param>
/// <param name="SourceBytes">Bytes to fetch.</param>
/// <param name="Name">The job's name for it, at most 512 characters, without a path.</param>
public sealed record AssetWish(long DocumentId, string Picture, long SourceBytes, string Name)
{
    /// <summary>Id of the document whose sound it gets, which is the wish before it.</summary>
    public long? Sound { get; init; }

    /// <summary>It goes into the next file, as it is, and is no result.</summary>
    public bool IsPart { get; init; }

    /// <summary>Where the job found it.</summary>
    public JobMedia? Media { get; init; }

    /// <summary>What becomes of it under a job's options.</summary>
    internal JobOptions OptionsOf(JobOptions options) => IsPart ? AsItIs : options;

    internal static JobOptions AsItIs { get; } = new() { Container = ResultContainer.Original };

    internal string PlanOf(JobOptions options) => PlanKey.Of(OptionsOf(options), Sound);
}

/// <summary>A claim's right to work on an asset, and to write about it.</summary>
public sealed record AssetClaim
{
    public required JobClaim Job { get; init; }
    public required Guid AssetId { get; init; }

    /// <summary>Which of the job's wishes it is, from 0.</summary>
    public required int Position { get; init; }

    /// <summary>What is to become of it.</summary>
    public required JobOptions Options { get; init; }

    /// <summary>The file whose sound it gets, stored as it was sent; null when it keeps its own.</summary>
    public AssetResult? Sound { get; init; }

    /// <summary>Bytes of the job's other files that are stored.</summary>
    public required long BytesDone { get; init; }

    /// <summary>An upload to go on with, of whoever worked on the asset before.</summary>
    public AssetUpload? Upload { get; init; }
}

/// <summary>What a job does next.</summary>
public abstract record AssetTurn
{
    /// <summary>It fetches this one, in its own slot.</summary>
    public sealed record Transfer(AssetClaim Asset) : AssetTurn;

    /// <summary>Another job fetches what it needs next: it is queued again, and hears of it. The claim is over.</summary>
    public sealed record Attached : AssetTurn;

    /// <summary>It has all its files and has succeeded. The claim is over.</summary>
    public sealed record Succeeded(long SizeBytes) : AssetTurn;

    /// <summary>Nothing was written: the claim is not good for that any more.</summary>
    public sealed record Refused(ClaimState State) : AssetTurn;
}

/// <summary>
/// How jobs share transfers: of all jobs that want the same file, one fetches it and the others wait for it. An asset is
/// worked on under the claim of the job whose turn it is; that claim's fence is written into it and its lease is the
/// asset's, so that a worker which was thought dead can store parts again but never publish.
/// </summary>
public sealed class Assets(IDbContextFactory<FleetDb> contexts, AssetCare care, IOptions<JobsOptions> options)
{
    /// <summary>Says what the link turned out to hold, and asks for it: at least one file, none twice.</summary>
    /// <param name="isThere">Whether the store still has a file that was finished earlier, whole; one that it has not is fetched again.</param>
    public async Task<AssetTurn> BeginAsync(
        JobClaim claim,
        JobMedia media,
        IReadOnlyList<AssetWish> wishes,
        Func<AssetResult, CancellationToken, Task<bool>> isThere,
        CancellationToken ct
    )
    {
        if (wishes.Count == 0)
            throw new ArgumentException("A job has at least one file.", nameof(wishes));
        await ForgetLostAsync(claim, wishes, isThere, ct);
        var json = JsonSerializer.Serialize(media, JobJson.Options);
        var total = wishes.Sum(wish => wish.SourceBytes);
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var held = await db.Database.ExecuteSqlAsync(
            $"""
            update job set media = {json}::jsonb, bytes_total = {total}, bytes_done = least(bytes_done, {total})
            where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
            """,
            ct
        );
        if (held == 0)
            return new AssetTurn.Refused(await JobClaims.WhyRefusedAsync(db, claim, ct));
        await JobLog.AppendAsync(db, claim.JobId, "media", media, ct);
        await WishAsync(db, claim, wishes, ct);
        var turn = await NextAsync(db, claim, ct);
        await transaction.CommitAsync(ct);
        return turn;
    }

    /// <summary>Remembers an upload for whoever goes on with the asset; null when there is none to go on with.</summary>
    public async Task<ClaimState> SaveUploadAsync(AssetClaim asset, AssetUpload? upload, CancellationToken ct)
    {
        var json = upload is null ? null : JsonSerializer.Serialize(upload, JobJson.Options);
        await using var db = await contexts.CreateDbContextAsync(ct);
        var saved = await db.Database.ExecuteSqlAsync(
            $"""
            update asset set upload = {json}::jsonb
            where id = {asset.AssetId} and fence = {asset.Job.Fence} and result is null
                and exists (
                    select 1 from job where id = {asset.Job.JobId} and fence = {asset.Job.Fence} and status = 'running'
                )
            """,
            ct
        );
        return saved == 1 ? ClaimState.Held : await JobClaims.WhyRefusedAsync(db, asset.Job, ct);
    }

    /// <summary>
    /// Publishes an asset that is stored and verified: to this job, whose turn comes next or who succeeds, and to all who
    /// wait for it. Source bytes that were stored besides are given up.
    /// </summary>
    public async Task<AssetTurn> CompleteAsync(AssetClaim asset, AssetResult result, CancellationToken ct)
    {
        var turn = await PublishAsync(asset, result, ct);
        if (turn is not AssetTurn.Refused)
            await care.TendAsync([asset.AssetId], ct);
        return turn;
    }

    async Task<AssetTurn> PublishAsync(AssetClaim asset, AssetResult result, CancellationToken ct)
    {
        var json = JsonSerializer.Serialize(result, JobJson.Options);
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var claim = asset.Job;
        var published = await LockAsync(db, claim, ct)
            ? await db.Database.ExecuteSqlAsync(
                $"""
                with open as (
                    select id, upload from asset
                    where id = {asset.AssetId} and fence = {claim.Fence} and result is null
                ), source as (
                    insert into deletion (object_key, upload_id, due_at)
                    select upload ->> 'key', upload ->> 'upload_id', now() from open
                    where upload ->> 'key' <> {result.Key}
                )
                update asset set result = {json}::jsonb, upload = null, error = null, bytes_done = source_bytes,
                    bytes_per_second = null, progress_at = now(), used_at = now()
                from open where asset.id = open.id
                """,
                ct
            )
            : 0;
        if (published == 0)
            return new AssetTurn.Refused(await JobClaims.WhyRefusedAsync(db, claim, ct));
        var turn = await NextAsync(db, claim, ct);
        await transaction.CommitAsync(ct);
        return turn;
    }

    async Task ForgetLostAsync(
        JobClaim claim,
        IReadOnlyList<AssetWish> wishes,
        Func<AssetResult, CancellationToken, Task<bool>> isThere,
        CancellationToken ct
    )
    {
        var plans = wishes.Select(wish => wish.PlanOf(claim.Options)).Distinct(StringComparer.Ordinal).ToArray();
        var documents = wishes.Select(wish => wish.DocumentId).ToArray();
        await using var db = await contexts.CreateDbContextAsync(ct);
        var finished = await db
            .Assets.AsNoTracking()
            .Where(asset => documents.Contains(asset.DocumentId) && plans.Contains(asset.Plan) && asset.Result != null)
            .ToListAsync(ct);
        foreach (var asset in finished)
        {
            if (!await isThere(asset.Result!, ct))
                await db.Database.ExecuteSqlAsync(
                    $"""
                    update asset set result = null, bytes_done = 0
                    where id = {asset.Id} and result ->> 'key' = {asset.Result!.Key}
                    """,
                    ct
                );
        }
    }

    /// <summary>Locks the running job, then all its assets in the order in which everybody locks several.</summary>
    static async Task<bool> LockAsync(FleetDb db, JobClaim claim, CancellationToken ct)
    {
        var held = await db
            .Database.SqlQuery<Guid>(
                $"""
                select id from job where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
                for no key update
                """
            )
            .ToListAsync(ct);
        if (held.Count == 0)
            return false;
        await db.Database.ExecuteSqlAsync(
            $"""
            select 1 from asset where id in (select asset_id from job_asset where job_id = {claim.JobId})
            order by document_id, picture, plan for no key update
            """,
            ct
        );
        return true;
    }

    /// <summary>Finds or creates the assets, which locks them, and refers to them.</summary>
    static async Task WishAsync(FleetDb db, JobClaim claim, IReadOnlyList<AssetWish> wishes, CancellationToken ct)
    {
        string[] plans = [.. wishes.Select(wish => wish.PlanOf(claim.Options))];
        long[] documents = [.. wishes.Select(wish => wish.DocumentId)];
        string[] pictures = [.. wishes.Select(wish => wish.Picture)];
        long[] sizes = [.. wishes.Select(wish => wish.SourceBytes)];
        var assets = await db
            .Assets.FromSql(
                $"""
                insert into asset (id, document_id, picture, plan, source_bytes, fence, bytes_done, created_at, used_at)
                select gen_random_uuid(), document_id, picture, plan, source_bytes, 0, 0, now(), now()
                from unnest({documents}, {pictures}, {plans}, {sizes}) as wish (document_id, picture, plan, source_bytes)
                order by document_id, picture, plan
                on conflict (document_id, picture, plan) do update set used_at = now()
                returning *
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        var byMedia = assets.ToDictionary(asset => (asset.DocumentId, asset.Picture, asset.Plan), asset => asset.Id);

        // The message may have been edited since an earlier attempt.
        await db.Database.ExecuteSqlAsync($"delete from job_asset where job_id = {claim.JobId}", ct);
        db.JobAssets.AddRange(
            wishes.Select(
                (wish, position) =>
                    new JobAsset
                    {
                        JobId = claim.JobId,
                        Position = position,
                        AssetId = byMedia[(wish.DocumentId, wish.Picture, plans[position])],
                        Name = wish.Name,
                        IsPart = wish.IsPart,
                        Media = wish.Media,
                    }
            )
        );
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Decides what the running job does next. It and its assets are locked.</summary>
    async Task<AssetTurn> NextAsync(FleetDb db, JobClaim claim, CancellationToken ct)
    {
        var shares = await JobShare.ReadAsync(db, claim.JobId, ct);
        if (shares.FirstOrDefault(share => share.Asset.Result is null) is not { } open)
        {
            await JobEnding.SucceedAsync(db, claim, shares, options.Value.PublicUrl, ct);
            return new AssetTurn.Succeeded(shares.Where(s => !s.Share.IsPart).Sum(s => s.Asset.Result!.SizeBytes));
        }
        if (await IsHeldAsync(db, open.Asset, ct))
        {
            await AttachAsync(db, claim, open.Asset.Id, ct);
            return new AssetTurn.Attached();
        }
        await db.Database.ExecuteSqlAsync(
            $"""
            update asset set fence = {claim.Fence}, holder = {claim.JobId}, error = null where id = {open.Asset.Id}
            """,
            ct
        );
        return new AssetTurn.Transfer(
            new AssetClaim
            {
                Job = claim,
                AssetId = open.Asset.Id,
                Position = open.Share.Position,
                Options = open.Share.IsPart ? AssetWish.AsItIs : claim.Options,
                Sound = shares.Find(s => s.Share.IsPart && s.Share.Position == open.Share.Position - 1)?.Asset.Result,
                BytesDone = shares.Where(share => share.Asset.Result is not null).Sum(s => s.Asset.SourceBytes),
                Upload = open.Asset.Upload,
            }
        );
    }

    static Task<bool> IsHeldAsync(FleetDb db, Asset asset, CancellationToken ct) =>
        db.Jobs.AnyAsync(
            job =>
                job.Id == asset.Holder
                && job.Fence == asset.Fence
                && (job.Status == JobStatus.Running || job.Status == JobStatus.Canceling),
            ct
        );

    static async Task AttachAsync(FleetDb db, JobClaim claim, Guid assetId, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set status = 'queued', lease_until = null, stage = null, asset_id = {assetId},
                wait_reason = 'shared'
            where id = {claim.JobId}
            """,
            ct
        );
        await JobLog.AppendAsync(db, claim.JobId, "attached", new { claim.Attempt }, ct);
    }
}

/// <summary>One of a job's files, and what it shares.</summary>
sealed record JobShare(JobAsset Share, Asset Asset)
{
    /// <summary>A job's files in their order.</summary>
    public static Task<List<JobShare>> ReadAsync(FleetDb db, Guid jobId, CancellationToken ct) =>
        (
            from share in db.JobAssets.AsNoTracking()
            join asset in db.Assets.AsNoTracking() on share.AssetId equals asset.Id
            where share.JobId == jobId
            orderby share.Position
            select new JobShare(share, asset)
        ).ToListAsync(ct);
}
