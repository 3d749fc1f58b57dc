using System.Data.Common;
using Fleet.Broker.Accounts;
using Fleet.Broker.Admin;
using Fleet.Broker.Cdn;
using Fleet.Broker.Leases;
using Fleet.Broker.Resolving;
using Fleet.Hosting;
using Fleet.Sessions;

namespace Fleet.Broker.Api;

/// <summary>The internal API: HTTP and JSON with a service token, version 1.</summary>
static class BrokerApi
{
    /// <summary>Maps /internal/v1.</summary>
    public static void MapBrokerApi(this WebApplication app)
    {
        var token = app.Services.GetRequiredService<BrokerOptions>().Token;
        var api = app.MapGroup("/internal/v1").RequireServiceToken(token).AddEndpointFilter(TellProblemsAsync);
        api.MapPost("/resolve", ResolveAsync);
        MapLeases(api.MapGroup("/leases"), passOn: true);
        MapLeases(api.MapGroup($"/{LeaseGateway.KeeperPath}/leases"), passOn: false); // from replica to replica
        api.MapGet("/cdn/{dc:int}", CdnAsync);

        // From replica to replica: only the owner answers, and never passes on.
        var account = api.MapGroup("/accounts/{account}");
        account.MapPost("/resolve", AccountResolveAsync);
        account.MapPost("/locate", AccountLocateAsync);
        account.MapPost("/dc-keys", AccountDcKeyAsync);
        account.MapPost("/cdn", AccountCdnAsync);
        account.MapPost("/close", AccountCloseAsync);
        account.MapPost("/log-out", AccountLogOutAsync);

        api.MapAdminApi();
    }

    static async Task<IResult> ResolveAsync(HttpRequest http, LinkResolver resolver, CancellationToken ct)
    {
        var request = await JsonBody.ReadAsync(http, BrokerJson.Default.ResolveRequest, ct);
        return JsonBody.Answer(await resolver.ResolveAsync(request.Link, ct), BrokerJson.Default.ResolveResponse);
    }

    static void MapLeases(RouteGroupBuilder leases, bool passOn)
    {
        leases.MapPost(
            "",
            async (HttpRequest http, LeaseGateway gateway, CancellationToken ct) =>
            {
                var request = await JsonBody.ReadAsync(http, BrokerJson.Default.LeaseRequest, ct);
                return JsonBody.Answer(await gateway.AcquireAsync(request, passOn, ct), BrokerJson.Default.LeaseGrant);
            }
        );
        leases.MapPost(
            "/{id}/renew",
            async (string id, HttpRequest http, LeaseGateway gateway, CancellationToken ct) =>
            {
                var request = await JsonBody.ReadAsync(http, BrokerJson.Default.RenewRequest, ct);
                return JsonBody.Answer(
                    await gateway.RenewAsync(id, request, passOn, ct),
                    BrokerJson.Default.RenewResponse
                );
            }
        );
        leases.MapPost(
            "/{id}/location",
            async (string id, HttpRequest http, LeaseGateway gateway, CancellationToken ct) =>
            {
                var request = await JsonBody.ReadAsync(http, BrokerJson.Default.LocationRequest, ct);
                return JsonBody.Answer(
                    await gateway.LocateAsync(id, request, passOn, ct),
                    BrokerJson.Default.LocationResponse
                );
            }
        );
        leases.MapDelete(
            "/{id}",
            async (string id, long fence, LeaseGateway gateway, CancellationToken ct) =>
            {
                await gateway.ReleaseAsync(id, fence, passOn, ct);
                return Results.NoContent();
            }
        );
    }

    static async Task<IResult> CdnAsync(int dc, CdnDirectory cdn, CancellationToken ct) =>
        JsonBody.Answer(await cdn.FindAsync(dc, ct), BrokerJson.Default.CdnResponse);

    static async Task<IResult> AccountResolveAsync(
        string account,
        HttpRequest http,
        AccountDirectory accounts,
        AccountWork work,
        CancellationToken ct
    )
    {
        var request = await JsonBody.ReadAsync(http, AccountJson.Default.AccountResolveRequest, ct);
        var link = LinkResolver.Parse(request.Link);
        var answer = await work.ResolveAsync(await FindAsync(accounts, account, ct), link, request.Join, ct);
        return JsonBody.Answer(answer, BrokerJson.Default.ResolveResponse);
    }

    static async Task<IResult> AccountLocateAsync(
        string account,
        HttpRequest http,
        AccountDirectory accounts,
        AccountWork work,
        CancellationToken ct
    )
    {
        var request = await JsonBody.ReadAsync(http, AccountJson.Default.LocateRequest, ct);
        var answer = await work.LocateAsync(await FindAsync(accounts, account, ct), request, ct);
        return JsonBody.Answer(answer, BrokerJson.Default.LocationResponse);
    }

    static async Task<IResult> AccountDcKeyAsync(
        string account,
        HttpRequest http,
        AccountDirectory accounts,
        AccountWork work,
        CancellationToken ct
    )
    {
        var request = await JsonBody.ReadAsync(http, AccountJson.Default.DcKeyRequest, ct);
        var answer = await work.MakeDcKeyAsync(await FindAsync(accounts, account, ct), request.Dc, ct);
        return JsonBody.Answer(answer, AccountJson.Default.DcKeyResponse);
    }

    static async Task<IResult> AccountCdnAsync(
        string account,
        HttpRequest http,
        AccountDirectory accounts,
        AccountWork work,
        CancellationToken ct
    )
    {
        var request = await JsonBody.ReadAsync(http, AccountJson.Default.CdnRequest, ct);
        var answer = await work.FindCdnAsync(await FindAsync(accounts, account, ct), request.Dc, ct);
        return JsonBody.Answer(answer, BrokerJson.Default.CdnResponse);
    }

    static async Task<IResult> AccountCloseAsync(string account, MainSessions sessions)
    {
        await sessions.CloseAsync(account);
        return Results.NoContent();
    }

    static async Task<IResult> AccountLogOutAsync(
        string account,
        AccountStore store,
        SessionEnd session,
        CancellationToken ct
    )
    {
        await session.LogOutHereAsync(await store.FindAsync(account, ct), ct);
        return Results.NoContent();
    }

    static async Task<AccountInfo> FindAsync(AccountDirectory accounts, string id, CancellationToken ct) =>
        (await accounts.GetAsync(ct)).Find(id)
        ?? throw new BrokerException(BrokerCodes.AccountUnusable, "there is no such usable account");

    static async ValueTask<object?> TellProblemsAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        try
        {
            return await next(context);
        }
        catch (BrokerException e)
        {
            throw BrokerProblems.Of(e);
        }
        catch (OwnedElsewhereException)
        {
            throw BrokerProblems.Of(
                new BrokerException(BrokerCodes.AccountUnusable, "the account is changing its owner")
            );
        }
        catch (DbException e) when (e.IsTransient)
        {
            throw BrokerProblems.Of(new BrokerException(BrokerCodes.BrokerUnavailable, "the database does not answer"));
        }
        catch (TimeoutException)
        {
            throw BrokerProblems.Of(new BrokerException(BrokerCodes.TelegramUnavailable, "Telegram took too long"));
        }
    }
}
