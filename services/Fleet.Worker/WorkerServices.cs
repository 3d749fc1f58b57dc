using Fleet.Hosting;
using Fleet.Hosting.Bus;
using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker.Live;
using Fleet.Worker.Transfer;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Worker;

/// <summary>Registrations of the worker.</summary>
static class WorkerServices
{
    /// <summary>Where a worker differs from the defaults of its libraries: it verifies what it stores, as far as Telegram gives
    /// hashes. Any other source of configuration wins, such as <c>FLEET_Download__VerifyHashes=false</c>.</summary>
    public static void AddWorkerDefaults(this IConfigurationBuilder configuration) =>
        configuration.Sources.Insert(
            0,
            new MemoryConfigurationSource
            {
                InitialData =
                [
                    new($"{OptionsSection.NameOf<DownloadOptions>()}:{nameof(DownloadOptions.VerifyHashes)}", "true"),
                ],
            }
        );

    /// <summary>The pipeline and what it works with.</summary>
    public static IServiceCollection AddPipeline(this IServiceCollection services)
    {
        services.AddSingleton(provider => new BrokerClient(
            new HttpClient { Timeout = Timeout.InfiniteTimeSpan },
            provider.GetRequiredService<IOptions<BrokerOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()
        ));
        // One for the process: keys of CDNs belong to no account.
        services.AddSingleton(provider =>
        {
            var broker = provider.GetRequiredService<BrokerClient>();
            return new CdnNetwork(
                (dc, ct) => BrokerCdn.FindAsync(broker, dc, ct),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<CdnNetwork>>()
            );
        });
        services.AddSingleton<FloodBoard>().AddSingleton<LeaseDesk>();
        services.AddSingleton<WorkerAddress>().AddSingleton<LiveFiles>().AddSingleton<GrowingFiles>();
        services.AddSingleton<WorkSpace>();
        services.AddSingleton<TransferTools>();
        services.AddSingleton<Pipeline>();
        services.AddSingleton<JobRunner>();
        services.AddHostedService<StoreKeeper>().AddHostedService<FloodWire>();
        return services;
    }

    /// <summary>Both queues, each with its own slots.</summary>
    public static void AddJobQueues(this IHostApplicationBuilder builder) =>
        builder.AddFleetBus(bus =>
            bus.Consume<JobConsumer>(JobQueues.Interactive, services => Options(services).Slots)
                .Consume<BulkJobConsumer>(JobQueues.Bulk, services => Options(services).BulkSlots)
        );

    /// <summary>Ready means: the database, the queue and the store answer.</summary>
    public static IServiceCollection AddReadyChecks(this IServiceCollection services) =>
        services
            .AddReadyCheck(
                "postgres",
                async (provider, ct) =>
                {
                    await using var command = provider.GetRequiredService<NpgsqlDataSource>().CreateCommand("select 1");
                    await command.ExecuteScalarAsync(ct);
                }
            )
            .AddReadyCheck(
                "storage",
                (provider, ct) => provider.GetRequiredService<IObjectStore>().FindAsync("ready", ct)
            );

    static WorkerOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<WorkerOptions>>().Value;
}
