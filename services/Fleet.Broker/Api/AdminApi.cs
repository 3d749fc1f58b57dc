using Fleet.Broker.Admin;

namespace Fleet.Broker.Api;

/// <summary>What operators do with accounts: /internal/v1/admin/accounts. The command line does the same by the same classes.</summary>
static class AdminApi
{
    /// <summary>Maps the endpoints into the guarded group of the internal API.</summary>
    public static void MapAdminApi(this RouteGroupBuilder api)
    {
        var accounts = api.MapGroup("/admin/accounts");
        accounts.MapGet("", ListAsync);
        accounts.MapGet("/{id}", GetAsync);
        accounts.MapPost("/{id}/disable", DisableAsync);
        accounts.MapPost("/{id}/enable", EnableAsync);
        accounts.MapPost("/{id}/drain", DrainAsync);
        accounts.MapDelete("/{id}", RemoveAsync);
    }

    static async Task<IResult> ListAsync(AccountReport report, CancellationToken ct)
    {
        var list = new AccountList { Accounts = await report.ListAsync(ct) };
        return JsonBody.Answer(list, AdminJson.Default.AccountList);
    }

    static async Task<IResult> GetAsync(string id, AccountReport report, CancellationToken ct) =>
        Answer(await report.GetAsync(id, ct));

    static async Task<IResult> DisableAsync(
        string id,
        HttpRequest http,
        DisableAccount disable,
        CancellationToken ct
    ) => Answer(await disable.RunAsync(id, (await ReadAsync(http, ct)).Reason, ct));

    static async Task<IResult> EnableAsync(string id, HttpRequest http, EnableAccount enable, CancellationToken ct) =>
        Answer(await enable.RunAsync(id, (await ReadAsync(http, ct)).Reason, ct));

    static async Task<IResult> DrainAsync(string id, HttpRequest http, DrainAccount drain, CancellationToken ct) =>
        Answer(await drain.RunAsync(id, (await ReadAsync(http, ct)).Reason, ct));

    static async Task<IResult> RemoveAsync(string id, HttpRequest http, RemoveAccount remove, CancellationToken ct)
    {
        var deed = await ReadAsync(http, ct);
        await remove.RunAsync(id, deed.Reason, deed.Force, ct);
        return Results.NoContent();
    }

    static async Task<AccountDeed> ReadAsync(HttpRequest http, CancellationToken ct) =>
        http.ContentType is null && http.ContentLength is null or 0
            ? new AccountDeed()
            : await JsonBody.ReadAsync(http, AdminJson.Default.AccountDeed, ct);

    static IResult Answer(AccountStatus status) => JsonBody.Answer(status, AdminJson.Default.AccountStatus);
}
