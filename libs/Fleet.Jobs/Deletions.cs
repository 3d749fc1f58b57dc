using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Objects on their way out of the store: written in the transaction that let go of them, removed by a worker.</summary>
public sealed class Deletions(IDbContextFactory<FleetDb> contexts)
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>Hands up to <paramref name="limit"/> objects to <paramref name="remove"/>. Several workers may do so; each takes other rows, and a crash hands one out again.</summary>
    /// <param name="remove">True when the store has removed it, or had none; false to try again in a minute.</param>
    /// <returns>How many were handed out; fewer than <paramref name="limit"/> means that no other is due.</returns>
    public async Task<int> DrainAsync(
        int limit,
        Func<Deletion, CancellationToken, Task<bool>> remove,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var due = await db
            .Deletions.FromSql(
                $"select * from deletion where due_at <= now() order by due_at limit {limit} for update skip locked"
            )
            .AsNoTracking()
            .ToListAsync(ct);
        foreach (var deletion in due)
        {
            if (await remove(deletion, ct))
                await db.Deletions.Where(row => row.Id == deletion.Id).ExecuteDeleteAsync(ct);
            else
                await db.Database.ExecuteSqlAsync(
                    $"update deletion set due_at = now() + {RetryAfter} where id = {deletion.Id}",
                    ct
                );
        }
        await transaction.CommitAsync(ct);
        return due.Count;
    }
}
