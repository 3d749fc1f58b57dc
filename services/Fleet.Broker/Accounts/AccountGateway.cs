using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>Work on an account's main session, wherever it runs.</summary>
sealed class AccountGateway(AccountWork work, OwnerRoute route)
{
    /// <summary>What a link holds, as the account sees it; with <paramref name="join"/> once it is in an invitation's chat.</summary>
    public Task<ResolveResponse> ResolveAsync(
        AccountInfo account,
        TelegramLink link,
        bool join,
        CancellationToken ct
    ) =>
        route.RunAsync(
            () => work.ResolveAsync(account, link, join, ct),
            owner =>
                owner.PostAsync(
                    $"accounts/{account.Id}/resolve",
                    new AccountResolveRequest { Link = link.Canonical, Join = join },
                    AccountJson.Default.AccountResolveRequest,
                    BrokerJson.Default.ResolveResponse,
                    ct
                )
        );

    /// <summary>A document with a fresh reference, as the account sees it.</summary>
    public Task<LocationResponse> LocateAsync(AccountInfo account, LocateRequest request, CancellationToken ct) =>
        route.RunAsync(
            () => work.LocateAsync(account, request, ct),
            owner =>
                owner.PostAsync(
                    $"accounts/{account.Id}/locate",
                    request,
                    AccountJson.Default.LocateRequest,
                    BrokerJson.Default.LocationResponse,
                    ct
                )
        );

    /// <summary>Has the account's key for a data centre made and stored.</summary>
    public Task MakeDcKeyAsync(AccountInfo account, int dc, CancellationToken ct) =>
        route.RunAsync(
            () => work.MakeDcKeyAsync(account, dc, ct),
            owner =>
                owner.PostAsync(
                    $"accounts/{account.Id}/dc-keys",
                    new DcKeyRequest { Dc = dc },
                    AccountJson.Default.DcKeyRequest,
                    AccountJson.Default.DcKeyResponse,
                    ct
                )
        );

    /// <summary>How to reach a CDN data centre, as the account is told.</summary>
    public Task<CdnResponse> FindCdnAsync(AccountInfo account, int dc, CancellationToken ct) =>
        route.RunAsync(
            () => work.FindCdnAsync(account, dc, ct),
            owner =>
                owner.PostAsync(
                    $"accounts/{account.Id}/cdn",
                    new CdnRequest { Dc = dc },
                    AccountJson.Default.CdnRequest,
                    BrokerJson.Default.CdnResponse,
                    ct
                )
        );
}
