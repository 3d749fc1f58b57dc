using Fleet.Hosting;
using Fleet.Intake.Limits;
using Fleet.Intake.Streaming;
using Fleet.Jobs;
using Fleet.Storage;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Fleet.Intake.Api;

/// <summary>The HTTP API: its services, its addresses and its OpenAPI document.</summary>
static class IntakeApi
{
    public static IServiceCollection AddIntakeApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = FleetJson.Options.PropertyNamingPolicy;
            json.SerializerOptions.DefaultIgnoreCondition = FleetJson.Options.DefaultIgnoreCondition;
            json.SerializerOptions.Encoder = FleetJson.Options.Encoder;
            json.SerializerOptions.NumberHandling = FleetJson.Options.NumberHandling;
            foreach (var converter in FleetJson.Options.Converters)
                json.SerializerOptions.Converters.Add(converter);
        });
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer(DescribeAsync));
        services.AddSingleton<JobEndpoints>();
        services.AddPreview();
        services.AddSingleton<EditJobs>();
        services.AddSingleton<BatchEndpoints>();
        services.AddSingleton<WebhookEndpoints>();
        services.AddSingleton<ApiKeyEndpoints>();
        services.AddSingleton<RedisLink>().AddSingleton<RateLimits>().AddSingleton<PreferWait>();
        services.AddSingleton<JobEventStream>();
        services.AddOptions<FleetAccess>().BindConfiguration("Broker");
        services
            .AddHttpClient(WorkerSource.HttpClient, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false }
            );
        services.AddSingleton<WorkerSource>().AddSingleton<JobStream>();
        services.AddReadyCheck("postgres", (provider, ct) => provider.GetRequiredService<JobStore>().PingAsync(ct));
        services.AddReadyCheck(
            "storage",
            (provider, ct) => provider.GetRequiredService<IObjectStore>().FindAsync("health/probe", ct)
        );
        return services;
    }

    public static void MapIntakeApi(this WebApplication app)
    {
        app.MapOpenApi();
        app.MapInfo();
        app.MapJobs();
        app.MapPreview();
        app.MapBatches();
        app.MapFiles();
        app.MapStream();
        app.MapWebhookEndpoints();
        app.MapApiKeys();
        app.MapAccount();
    }

    static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Fleet",
            Version = "1",
            Description =
                "Takes a Telegram link and hands back a file. Errors are RFC 9457 problems with a stable code.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            ["api_key"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key: flt_live_…",
            },
        };
        document.Security = [new() { [new OpenApiSecuritySchemeReference("api_key", document)] = [] }];
        return Task.CompletedTask;
    }
}
