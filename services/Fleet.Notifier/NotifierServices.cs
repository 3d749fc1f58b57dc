using System.Net;
using System.Security.Cryptography;
using Fleet.Hosting;
using Fleet.Notifier.Deliveries;
using Fleet.Notifier.Sending;
using Npgsql;

namespace Fleet.Notifier;

/// <summary>Adds what delivers webhooks.</summary>
public static class NotifierServices
{
    const int JitterSteps = 1 << 20;

    /// <summary>Adds the dispatcher and what it needs, with the system's resolver; and the database to /readyz.</summary>
    public static IServiceCollection AddNotifier(this IServiceCollection services)
    {
        services.AddSingleton<HostResolver>(static (host, ct) => Dns.GetHostAddressesAsync(host, ct));
        services.AddSingleton<Jitter>(static () => RandomNumberGenerator.GetInt32(JitterSteps) / (JitterSteps - 1.0));
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<DeliveryStore>();
        services.AddHostedService<Dispatcher>();
        services.AddReadyCheck("postgres", PingAsync);
        return services;
    }

    static async Task PingAsync(IServiceProvider services, CancellationToken ct)
    {
        await using var ping = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select 1");
        await ping.ExecuteScalarAsync(ct);
    }
}
