using System.Diagnostics;
using System.Globalization;
using Fleet.Jobs;
using Fleet.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Benchmarks;

/// <summary>What it costs to find out whose turn it is, and to end that job, while more and more others wait.</summary>
static class QueueDepthBench
{
    const int Rounds = 1000;
    const int Tenants = 10;

    static readonly int[] Depths = [100, 1_000, 10_000, 100_000];
    static readonly CancellationToken None = CancellationToken.None;

    public static async Task RunAsync(Report report)
    {
        await using var postgres = await Postgres.StartAsync();
        double? shallow = null;
        foreach (var depth in Depths)
        {
            var connection = await postgres.CreateDatabaseAsync();
            var services = new ServiceCollection().AddJobs();
            services.AddOptions();
            services.AddSingleton(Options.Create(new PostgresOptions { ConnectionString = connection }));
            await using var provider = services.BuildServiceProvider();
            await JobsServices.MigrateAsync(provider, None);
            await FillAsync(provider, connection, depth + Rounds);
            var claims = provider.GetRequiredService<JobClaims>();
            for (var i = 0; i < Rounds / 2; i++)
                await TakeAsync(claims);

            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Rounds / 2; i++)
                await TakeAsync(claims);
            var cost = Stopwatch.GetElapsedTime(start).TotalMilliseconds / (Rounds / 2);

            var counting = Stopwatch.GetTimestamp();
            await provider
                .GetRequiredService<JobReconciler>()
                .CountPublishedAsync(JobQueue.Interactive, TimeSpan.Zero, None);
            report.Note(
                $"{depth} queued: the reconciler counts them in {Stopwatch.GetElapsedTime(counting).TotalMilliseconds:0} ms, every 15 s"
            );
            shallow ??= cost;
            report.Add(
                new($"a job's turn and its end, {depth} jobs queued", cost, "ms", "with 100 queued", shallow, 1.5)
            );
        }
    }

    static async Task TakeAsync(JobClaims claims)
    {
        var claim = await claims.ClaimNextAsync(JobQueue.Interactive, "bench", None);
        await claims.FailAsync(claim!, JobError.Of("no_media"), None);
    }

    /// <summary>Queued jobs of several tenants, all of them copies of one.</summary>
    static async Task FillAsync(IServiceProvider provider, string connection, int jobs)
    {
        var tenants = provider.GetRequiredService<TenantStore>();
        for (var i = 0; i < Tenants; i++)
            await tenants.CreateKeyAsync($"tenant {i}", None);
        await using var database = NpgsqlDataSource.Create(connection);
        await using var tenant = database.CreateCommand("select id from tenant limit 1");
        var request = new NewJob
        {
            TenantId = (Guid)(await tenant.ExecuteScalarAsync())!,
            Source = "https://t.me/fleetdemo/1",
        };
        await provider.GetRequiredService<JobStore>().CreateAsync(request, key: null, () => Task.CompletedTask, None);
        await using var copy = database.CreateCommand(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                insert into job
                select (jsonb_populate_record(
                    job, jsonb_build_object('id', gen_random_uuid(), 'tenant_id', tenant.id)
                )).*
                from job cross join generate_series(1, {jobs / Tenants}) cross join tenant
                """
            )
        );
        copy.CommandTimeout = 0;
        await copy.ExecuteNonQueryAsync();
        await using var analyze = database.CreateCommand("analyze");
        await analyze.ExecuteNonQueryAsync();
    }
}
