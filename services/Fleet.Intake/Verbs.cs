using System.Text.Json;
using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Storage;
using Microsoft.Extensions.Logging.Console;

namespace Fleet.Intake;

/// <summary>What the executable does besides serving: <c>migrate</c> and <c>create-key --tenant NAME [--json]</c>.</summary>
static class Verbs
{
    const int UsageError = 2;

    /// <summary>Runs a verb and returns the exit code. stdout carries its result and nothing else.</summary>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, string verb, string[] arguments)
    {
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace
        );
        await using var app = builder.Build();
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
            default:
                await Console.Error.WriteLineAsync("Usage: Fleet.Intake [migrate | create-key --tenant NAME [--json]]");
                return UsageError;
        }
    }

    static Task<CreatedKey> CreateKeyAsync(IServiceProvider services, string tenant) =>
        services.GetRequiredService<TenantStore>().CreateKeyAsync(tenant, CancellationToken.None);
}
