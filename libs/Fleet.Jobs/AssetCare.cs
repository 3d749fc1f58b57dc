using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Jobs;

/// <summary>
/// Gives those who wait for an asset what happened to it: its file, its fault, or the turn to go on with it; and lets go
/// of one that nobody wants. Looks at the asset as it is, so that doing it again, or late, does no harm: whoever ends a
/// job or makes an asset ready does it afterwards, and the reconciler does what a crash left undone.
/// </summary>
/// <remarks>Order of locks: running job, then asset, then the jobs that wait for it. Nobody holds a waiting job and asks for its asset.</remarks>
public sealed class AssetCare(IDbContextFactory<FleetDb> contexts, IOptions<JobsOptions> options)
{
    /// <summary>Jobs ended in one transaction, and assets found by one search.</summary>
    const int Batch = 100;

    /// <summary>Tends each of them until nothing is left to do.</summary>
    public async Task TendAsync(IEnumerable<Guid> assetIds, CancellationToken ct)
    {
        foreach (var id in assetIds.Distinct())
        {
            while (await TendOnceAsync(id, ct) == Batch)
            {
                // as many wait as one transaction may end
            }
        }
    }

    /// <summary>Tends the assets for which somebody waits in vain. Zero when there are none.</summary>
    public async Task<int> TendForgottenAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var forgotten = await db
            .Database.SqlQuery<Guid>(
                $"""
                select id from asset a
                where id in (select asset_id from job where asset_id is not null)
                    and (result is not null or error is not null or not exists (
                        select 1 from job holder where holder.id = a.holder and holder.asset_id is null
                            and holder.status in ('queued', 'running', 'canceling')
                    ))
                limit {Batch}
                """
            )
            .ToListAsync(ct);
        await TendAsync(forgotten, ct);
        return forgotten.Count;
    }

    /// <summary>Forgets assets that no job refers to and that nobody has asked for during <see cref="JobsOptions.KeepAssets"/>, and lets their objects be removed.</summary>
    public async Task<int> SweepAsync(int limit, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var old = await db
            .Database.SqlQuery<Guid>(
                $"""
                select id from asset a
                where used_at < now() - {options.Value.KeepAssets}
                    and not exists (select 1 from job_asset where asset_id = a.id)
                order by used_at limit {limit} for update skip locked
                """
            )
            .ToListAsync(ct);
        await DropAsync(db, [.. old], ct);
        await transaction.CommitAsync(ct);
        return old.Count;
    }

    /// <summary>Lets the objects of finished assets be removed that no job refers to any more, though they could answer new jobs.</summary>
    public async Task ForgetAsync(IReadOnlyList<Guid> assetIds, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var locked = await db
            .Database.SqlQuery<Guid>(
                $"""
                select id from asset where id = any ({assetIds.ToArray()})
                order by document_id, picture, plan for update
                """
            )
            .ToListAsync(ct);
        await DropAsync(db, [.. locked], ct);
        await transaction.CommitAsync(ct);
    }

    async Task<int> TendOnceAsync(Guid assetId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var found = await db
            .Assets.FromSql($"select * from asset where id = {assetId} for update")
            .AsNoTracking()
            .ToListAsync(ct);
        if (found is not [var asset])
            return 0;
        var waiting = await db
            .Jobs.FromSql(
                $"""
                select * from job where asset_id = {assetId} order by created_at limit {Batch} for update skip locked
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        var ended = await PassOnAsync(db, asset, waiting, ct);
        if (asset.Result is null)
            await DropAsync(db, [assetId], ct);
        await transaction.CommitAsync(ct);
        return ended;
    }

    /// <returns>How many jobs wait no longer.</returns>
    async Task<int> PassOnAsync(FleetDb db, Asset asset, List<Job> waiting, CancellationToken ct)
    {
        if (asset.Result is not null)
        {
            foreach (var job in waiting)
                await AnswerAsync(db, job, ct);
            return waiting.Count;
        }
        if (asset.Error is { } error)
        {
            foreach (var job in waiting)
                await FailAsync(db, job, error, ct);
            return waiting.Count;
        }
        if (waiting is not [var eldest, ..] || await HasHolderAsync(db, asset, ct))
            return 0;
        await WakeAsync(db, eldest.Id, ct);
        await db.Database.ExecuteSqlAsync($"update asset set holder = {eldest.Id} where id = {asset.Id}", ct);
        return 1;
    }

    /// <summary>The job has all its files, or goes on with the next.</summary>
    async Task AnswerAsync(FleetDb db, Job job, CancellationToken ct)
    {
        var shares = await JobShare.ReadAsync(db, job.Id, ct);
        if (shares.Any(share => share.Asset.Result is null))
            await WakeAsync(db, job.Id, ct);
        else
            await JobEnding.SucceedAsync(db, JobClaim.Of(job), shares, options.Value.PublicUrl, ct);
    }

    async Task FailAsync(FleetDb db, Job job, JobError error, CancellationToken ct)
    {
        var json = JsonSerializer.Serialize(error with { Attempt = job.Attempt }, JobJson.Options);
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set status = 'failed', finished_at = now(), error = {json}::jsonb, asset_id = null,
                wait_reason = null
            where id = {job.Id}
            """,
            ct
        );
        await JobEnding.AnnounceAsync(db, job.Id, options.Value.PublicUrl, ct);
    }

    static async Task WakeAsync(FleetDb db, Guid jobId, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"update job set asset_id = null, wait_reason = null, run_at = now(), enqueued_at = now() where id = {jobId}",
            ct
        );
        await Outbox.AddAsync(db, jobId, ct);
    }

    static Task<bool> HasHolderAsync(FleetDb db, Asset asset, CancellationToken ct) =>
        db.Jobs.AnyAsync(
            job =>
                job.Id == asset.Holder
                && job.AssetId == null
                && (
                    job.Status == JobStatus.Queued
                    || job.Status == JobStatus.Running
                    || job.Status == JobStatus.Canceling
                ),
            ct
        );

    /// <summary>Deletes those of the assets that no job refers to. Their rows are locked, so that nobody comes to refer to them meanwhile.</summary>
    static Task DropAsync(FleetDb db, Guid[] lockedIds, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"""
            with gone as (
                delete from asset a
                where id = any ({lockedIds}) and not exists (select 1 from job_asset where asset_id = a.id)
                returning upload, result
            ), left_over as (
                select coalesce(upload, result) as object from gone
                union all
                select jsonb_array_elements(result -> 'side_files') from gone
            )
            insert into deletion (object_key, upload_id, due_at)
            select object ->> 'key', object ->> 'upload_id', now() from left_over where object is not null
            """,
            ct
        );
}
