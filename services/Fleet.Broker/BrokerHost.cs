using System.ComponentModel.DataAnnotations;
using Fleet.Broker.Accounts;
using Fleet.Broker.Admin;
using Fleet.Broker.Api;
using Fleet.Broker.Caching;
using Fleet.Broker.Cdn;
using Fleet.Broker.Leases;
using Fleet.Broker.Resolving;
using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Sessions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Broker;

/// <summary>The token that the other services send. Section <c>Broker</c>, which they share.</summary>
public sealed record BrokerTokenOptions
{
    /// <summary>Service token, 16 characters or more.</summary>
    [Required, MinLength(16)]
    public string Token { get; init; } = "";

    /// <summary>Hides the token.</summary>
    public override string ToString() => nameof(BrokerTokenOptions);
}

/// <summary>Puts the broker together.</summary>
static class BrokerHost
{
    /// <summary>Configuration, stores and accounts: what every verb needs.</summary>
    public static WebApplicationBuilder AddBrokerStores(this WebApplicationBuilder builder)
    {
        builder.AddFleetDefaults("broker");
        builder
            .Services.AddFleetOptions<PostgresOptions>()
            .AddFleetOptions<JobsOptions>()
            .AddFleetOptions<SessionsOptions>()
            .AddFleetOptions<TelegramOptions>();
        builder.Services.AddJobs();
        builder.Services.AddSingleton(p => SessionSealer.From(p.GetRequiredService<IOptions<SessionsOptions>>().Value));
        builder.Services.AddSingleton(p => new TelegramNetwork(
            p.GetRequiredService<IOptions<TelegramOptions>>().Value
        ));
        builder.Services.AddHttpClient(OwnerRoute.HttpClient, http => http.Timeout = Timeout.InfiniteTimeSpan);
        builder
            .Services.AddOptions<BrokerTokenOptions>()
            .BindConfiguration("Broker")
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder
            .Services.AddFleetOptions<OwnershipOptions>()
            .AddFleetOptions<RedisOptions>()
            .AddSingleton(p => new BrokerOptions
            {
                Token = p.GetRequiredService<IOptions<BrokerTokenOptions>>().Value.Token,
            })
            .AddSingleton<AccountStore>()
            .AddSingleton<AccountDirectory>()
            .AddSingleton<AccountEvents>()
            .AddSingleton(_ => ReplicaAddress.OfVerb())
            .AddSingleton<Ownership>()
            .AddSingleton<RedisLink>()
            .AddSingleton<RedisLeaseTable>()
            .AddSingleton<MemoryLeaseTable>()
            .AddSingleton<LeaseHorizon>()
            .AddSingleton<LeaseKeeper>()
            .AddSingleton<LeaseBook>()
            .AddSingleton<FloodLedger>()
            .AddSingleton<TelegramFaults>()
            .AddSingleton<MainSessions>()
            .AddSingleton<OwnerRoute>()
            .AddSingleton<SessionEnd>()
            .AddSingleton<AccountReport>()
            .AddSingleton<EnableAccount>()
            .AddSingleton<DisableAccount>()
            .AddSingleton<DrainAccount>()
            .AddSingleton<RemoveAccount>();
        return builder;
    }

    /// <summary>Runs the service until it is told to stop. Exit code 1: the settings are wrong.</summary>
    public static async Task<int> ServeAsync(this WebApplicationBuilder builder)
    {
        try
        {
            await using var app = builder.AddBroker().Build();
            await app.MapBroker().RunAsync();
            return 0;
        }
        catch (Exception e) when (e is OptionsValidationException or SealException)
        {
            await Console.Error.WriteLineAsync($"fleet-broker: {e.Message}");
            return 1;
        }
    }

    /// <summary>The service.</summary>
    public static WebApplicationBuilder AddBroker(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddFleetOptions<ResolveOptions>()
            .AddSingleton(p =>
                ReplicaAddress.Of(p.GetRequiredService<IServer>(), p.GetRequiredService<IOptions<OwnershipOptions>>())
            )
            .AddSingleton<AccountWork>()
            .AddSingleton<AccountGateway>()
            .AddSingleton<CdnDirectory>()
            .AddSingleton<LeaseWaiters>()
            .AddSingleton<LeaseFences>()
            .AddSingleton<KeyRing>()
            .AddSingleton<LeaseKit>()
            .AddSingleton<LeaseService>()
            .AddSingleton<LeaseGateway>()
            .AddSingleton<MediaCache>()
            .AddSingleton<LinkResolver>()
            .AddHostedService<OwnershipKeeper>()
            .AddReadyCheck("postgres", PingAsync);
        return builder;
    }

    /// <summary>Addresses of the service.</summary>
    public static WebApplication MapBroker(this WebApplication app)
    {
        app.UseFleetProblems();
        app.MapFleetHealth();
        app.MapBrokerApi();
        return app;
    }

    // Redis is no reason to take a replica out: it works without.
    static async Task PingAsync(IServiceProvider services, CancellationToken ct)
    {
        var factory = services.GetRequiredService<IDbContextFactory<FleetDb>>();
        await using var db = await factory.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync($"select 1 from account limit 1", ct);
    }
}
