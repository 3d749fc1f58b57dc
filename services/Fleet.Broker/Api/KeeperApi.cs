using Fleet.Broker.Leases;
using Fleet.Sessions;

namespace Fleet.Broker.Api;

/// <summary>Leases from replica to replica, while Redis is away: only the one that keeps the table answers, and never passes on.</summary>
static class KeeperApi
{
    /// <summary>Maps keeper/leases.</summary>
    public static void MapKeeperApi(this RouteGroupBuilder api)
    {
        var leases = api.MapGroup($"/{LeaseGateway.KeeperPath}/leases");
        leases.MapPost("/", LeaseAsync);
        leases.MapPost("/{id}/renew", RenewAsync);
        leases.MapPost("/{id}/location", LocationAsync);
        leases.MapDelete("/{id}", ReleaseAsync);
    }

    static async Task<IResult> LeaseAsync(HttpRequest http, LeaseService leases, CancellationToken ct)
    {
        var request = await JsonBody.ReadAsync(http, BrokerJson.Default.LeaseRequest, ct);
        return JsonBody.Answer(await leases.AcquireAsync(request, ct), BrokerJson.Default.LeaseGrant);
    }

    static async Task<IResult> RenewAsync(string id, HttpRequest http, LeaseService leases, CancellationToken ct)
    {
        var request = await JsonBody.ReadAsync(http, BrokerJson.Default.RenewRequest, ct);
        return JsonBody.Answer(await leases.RenewAsync(id, request, ct), BrokerJson.Default.RenewResponse);
    }

    static async Task<IResult> LocationAsync(string id, HttpRequest http, LeaseService leases, CancellationToken ct)
    {
        var request = await JsonBody.ReadAsync(http, BrokerJson.Default.LocationRequest, ct);
        return JsonBody.Answer(await leases.LocateAsync(id, request, ct), BrokerJson.Default.LocationResponse);
    }

    static async Task<IResult> ReleaseAsync(string id, long fence, LeaseService leases, CancellationToken ct)
    {
        await leases.ReleaseAsync(id, fence, ct);
        return Results.NoContent();
    }
}
