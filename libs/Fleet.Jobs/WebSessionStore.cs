using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Browsers that are signed in. A session may do what its API key may, and ends with it.</summary>
public sealed class WebSessionStore(IDbContextFactory<FleetDb> contexts, TimeProvider time)
{
    /// <summary>How long a browser stays signed in.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>Sessions of one key at once; one more ends the oldest.</summary>
    public const int MaxPerKey = 50;

    const int TokenBytes = 32;

    /// <summary>Signs a browser in and returns its token: 43 characters, secret, told once.</summary>
    public async Task<string> OpenAsync(Caller caller, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        var now = JobStore.AsStored(time.GetUtcNow());
        db.WebSessions.Add(
            new WebSession
            {
                TokenSha256 = HashOf(token),
                KeyId = caller.KeyId,
                CreatedAt = now,
                ExpiresAt = now + Lifetime,
            }
        );
        await db.SaveChangesAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            delete from web_session where expires_at <= {now} or token_sha256 in (
                select token_sha256 from web_session where key_id = {caller.KeyId}
                order by created_at desc offset {MaxPerKey}
            )
            """,
            ct
        );
        return token;
    }

    /// <summary>Whose browser holds this token, or null when it is not or no longer signed in.</summary>
    public async Task<Caller?> AuthenticateOrNullAsync(string token, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var (hash, now) = (HashOf(token), time.GetUtcNow());
        var found =
            from session in db.WebSessions
            join key in db.ApiKeys on session.KeyId equals key.Id
            join tenant in db.Tenants on key.TenantId equals tenant.Id
            where session.TokenSha256 == hash && session.ExpiresAt > now
            where key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now)
            select new { Key = key, Tenant = tenant };
        return await found.AsNoTracking().FirstOrDefaultAsync(ct) is { } owner
            ? Caller.Of(owner.Key, owner.Tenant)
            : null;
    }

    /// <summary>Signs a browser out. One that is not signed in stays so.</summary>
    public async Task CloseAsync(string token, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var hash = HashOf(token);
        await db.WebSessions.Where(session => session.TokenSha256 == hash).ExecuteDeleteAsync(ct);
    }

    static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
