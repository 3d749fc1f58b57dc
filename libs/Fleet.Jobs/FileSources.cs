using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Where the bytes of one of a job's files can be had at the moment.</summary>
/// <param name="Status">Of the job.</param>
/// <param name="Name">The job's own name for the file; null until the link is resolved.</param>
/// <param name="Asset">The file that jobs share; null until then.</param>
/// <param name="SourceBytes">What Telegram has.</param>
/// <param name="Result">What was stored; null until it is.</param>
/// <param name="Worker">Address of the worker that fetches it; null while none does.</param>
public sealed record FileSource(
    JobStatus Status,
    string? Name,
    Guid? Asset,
    long SourceBytes,
    AssetResult? Result,
    string? Worker
);

/// <summary>Finds out where the bytes of a job's files are, before the job has ended.</summary>
public sealed class FileSources(IDbContextFactory<FleetDb> contexts)
{
    /// <summary>Where one is; null when the tenant has no such job.</summary>
    /// <param name="position">Place among the job's files, from 0; parts of others are none.</param>
    public async Task<FileSource?> FindOrNullAsync(Guid tenantId, Guid jobId, int position, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows =
            from job in db.Jobs
            where job.Id == jobId && job.TenantId == tenantId
            join s in db.JobAssets.Where(share =>
                !share.IsPart
                && share.Position == position + db.JobAssets.Count(part => part.JobId == share.JobId && part.IsPart)
            )
                on job.Id equals s.JobId
                into shares
            from share in shares.DefaultIfEmpty()
            join a in db.Assets on share.AssetId equals a.Id into assets
            from asset in assets.DefaultIfEmpty()
            join h in db.Jobs.Where(holder => holder.Status == JobStatus.Running)
                on asset.Holder equals h.Id
                into holders
            from holder in holders.DefaultIfEmpty()
            select new
            {
                job.Status,
                Name = (string?)share.Name,
                Asset = (Guid?)asset.Id,
                Bytes = (long?)asset.SourceBytes,
                asset.Result,
                holder.Worker,
            };
        var found = await rows.AsNoTracking().SingleOrDefaultAsync(ct);
        return found is null
            ? null
            : new FileSource(found.Status, found.Name, found.Asset, found.Bytes ?? 0, found.Result, found.Worker);
    }
}
