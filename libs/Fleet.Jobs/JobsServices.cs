using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Jobs;

/// <summary>Adds the database and the stores on it.</summary>
public static class JobsServices
{
    /// <summary>Key of the advisory lock that a migrating process holds.</summary>
    const long MigrationLock = 0x666C_6565_7400_0002;

    /// <summary>
    /// Adds <see cref="FleetDb"/> (as IDbContextFactory), <see cref="JobStore"/>, <see cref="JobEdits"/>, <see cref="BatchStore"/>, <see cref="JobClaims"/>,
    /// <see cref="Assets"/>, <see cref="AssetCare"/>, <see cref="Deletions"/>, <see cref="JobReconciler"/>,
    /// <see cref="Outbox"/>, <see cref="QueueControl"/>, <see cref="TenantStore"/>, <see cref="ApiKeyStore"/>, <see cref="UsageStore"/>, <see cref="WebhookStore"/>,
    /// <see cref="AuditLog"/> and <see cref="WebSessionStore"/>. The service binds <see cref="PostgresOptions"/> and
    /// <see cref="JobsOptions"/>.
    /// </summary>
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
            NpgsqlDataSource.Create(provider.GetRequiredService<IOptions<PostgresOptions>>().Value.ConnectionString)
        );
        services.AddPooledDbContextFactory<FleetDb>(
            (provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
        );
        services.AddSingleton<JobStore>();
        services.AddSingleton<JobEdits>();
        services.AddSingleton<FileSources>();
        services.AddSingleton<JobClaims>();
        services.AddSingleton<BatchStore>();
        services.AddSingleton<AssetCare>();
        services.AddSingleton<Assets>();
        services.AddSingleton<Deletions>();
        services.AddSingleton<JobReconciler>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<QueueControl>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<TenantStore>();
        services.AddSingleton<UsageStore>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<WebSessionStore>();
        return services;
    }

    /// <summary>Brings the database's tables up to date. Several processes may do so at once.</summary>
    public static async Task MigrateAsync(IServiceProvider services, CancellationToken ct)
    {
        var contexts = services.GetRequiredService<IDbContextFactory<FleetDb>>();
        await using var db = await contexts.CreateDbContextAsync(ct);
        var database = db.GetService<IRelationalDatabaseCreator>();
        if (!await database.ExistsAsync(ct))
            await database.CreateAsync(ct);

        // EF locks for one migration at a time and goes on with a list that it read before: without a lock around all of
        // them the second of two processes would apply the second migration again.
        await db.Database.OpenConnectionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_lock({MigrationLock})", ct);
        try
        {
            await db.Database.MigrateAsync(ct);
        }
        finally
        {
            await db.Database.ExecuteSqlAsync($"select pg_advisory_unlock({MigrationLock})", CancellationToken.None);
        }
    }
}
