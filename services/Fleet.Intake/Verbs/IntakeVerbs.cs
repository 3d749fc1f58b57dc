using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Storage;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using RabbitMQ.Client.Exceptions;

namespace Fleet.Intake.Verbs;

/// <summary>What the executable does besides serving.</summary>
static class IntakeVerbs
{
    const int Failure = 1;
    const int UsageError = 2;

    const string Usage = """
        Usage: Fleet.Intake [VERB]
          migrate
          create-key --tenant NAME [--json]
          weigh --tenant NAME --weight 1..100
          permit --tenant NAME --transcode yes|no
          limit --tenant NAME [--requests-per-minute N] [--jobs-per-day N] [--active-jobs N] [--bytes-per-day N]
          queues [pause interactive|bulk [--reason TEXT] | resume interactive|bulk | dead | requeue]
        """;

    /// <summary>Runs a verb and returns the exit code. stdout carries its result and nothing else.</summary>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, string verb, string[] arguments)
    {
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace
        );
        await using var app = builder.Build();
        try
        {
            return await DispatchAsync(app, verb, arguments);
        }
        catch (Exception e)
            when (e is OptionsValidationException or StorageException or RabbitMQClientException
                || e.GetBaseException() is DbException or SocketException
            )
        {
            await Console.Error.WriteLineAsync($"fleet-intake {verb}: {e.GetBaseException().Message}");
            return Failure;
        }
    }

    static async Task<int> DispatchAsync(WebApplication app, string verb, string[] arguments)
    {
        switch (verb, arguments)
        {
            case ("migrate", []):
                await JobsServices.MigrateAsync(app.Services, CancellationToken.None);
                await app.Services.GetRequiredService<IObjectStore>().PrepareAsync(CancellationToken.None);
                return 0;
            case ("create-key", ["--tenant", { Length: >= 1 and <= 64 } tenant]):
                Console.WriteLine((await CreateKeyAsync(app.Services, tenant)).Text);
                return 0;
            case ("create-key", ["--tenant", { Length: >= 1 and <= 64 } tenant, "--json"]):
                var key = await CreateKeyAsync(app.Services, tenant);
                var shown = new
                {
                    Tenant = tenant,
                    ApiKey = key.Text,
                    key.WebhookSecret,
                };
                Console.WriteLine(JsonSerializer.Serialize(shown, FleetJson.Options));
                return 0;
            case ("weigh", ["--tenant", var tenant, "--weight", var text])
                when int.TryParse(text, CultureInfo.InvariantCulture, out var weight) && weight is >= 1 and <= 100:
                return await FoundAsync(
                    tenant,
                    Tenants(app.Services).WeighAsync(tenant, weight, CancellationToken.None)
                );
            case ("permit", ["--tenant", var tenant, "--transcode", ("yes" or "no") and var answer]):
                return await FoundAsync(
                    tenant,
                    Tenants(app.Services).PermitAsync(tenant, answer is "yes", CancellationToken.None)
                );
            case ("limit", ["--tenant", var tenant, .. var given]) when LimitArguments.ParseOrNull(given) is { } limits:
                return await FoundAsync(
                    tenant,
                    Tenants(app.Services).LimitAsync(tenant, limits, CancellationToken.None)
                );
            case ("queues", _) when QueuesArguments.ParseOrNull(arguments) is { } queues:
                await ActivatorUtilities
                    .CreateInstance<QueuesVerb>(app.Services, Console.Out)
                    .RunAsync(queues, CancellationToken.None);
                return 0;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return UsageError;
        }
    }

    static async Task<int> FoundAsync(string tenant, Task<bool> found)
    {
        if (await found)
            return 0;
        await Console.Error.WriteLineAsync($"There is no tenant {tenant}.");
        return Failure;
    }

    static Task<CreatedKey> CreateKeyAsync(IServiceProvider services, string tenant) =>
        Tenants(services).CreateKeyAsync(tenant, CancellationToken.None);

    static TenantStore Tenants(IServiceProvider services) => services.GetRequiredService<TenantStore>();
}
