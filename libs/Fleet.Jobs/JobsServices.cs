using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Jobs;

/// <summary>Adds the database and the stores on it.</summary>
public static class JobsServices
{
    /// <summary>
    /// Adds <see cref="FleetDb"/> (as IDbContextFactory), <see cref="JobStore"/>, <see cref="JobClaims"/>,
    /// <see cref="JobReconciler"/>, <see cref="Outbox"/> and <see cref="TenantStore"/>. The service binds
    /// <see cref="PostgresOptions"/> and <see cref="JobsOptions"/>.
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
        services.AddSingleton<JobClaims>();
        services.AddSingleton<JobReconciler>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<TenantStore>();
        return services;
    }

    /// <summary>Brings the database's tables up to date. Several processes may do so at once.</summary>
    public static async Task MigrateAsync(IServiceProvider services, CancellationToken ct)
    {
        var contexts = services.GetRequiredService<IDbContextFactory<FleetDb>>();
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.Database.MigrateAsync(ct);
    }
}
