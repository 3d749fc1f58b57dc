using Fleet.Broker.Accounts;
using Fleet.Sessions;

namespace Fleet.Broker.Leases;

/// <summary>
/// Work on leases, wherever their table is: here while it is in Redis, which all replicas share; else with the replica that keeps
/// it. That one does not pass calls on, so they do not circle.
/// </summary>
sealed class LeaseGateway(LeaseService leases, OwnerRoute route)
{
    /// <summary>Path of the keeper's own answers.</summary>
    public const string KeeperPath = "keeper";

    /// <summary>Longest wait in the line of another replica: somewhat less than it is waited for.</summary>
    const int LongestElsewhereMs = 10_000;

    /// <inheritdoc cref="LeaseService.AcquireAsync"/>
    public Task<LeaseGrant> AcquireAsync(LeaseRequest request, bool passOn, CancellationToken ct) =>
        RunAsync(
            passOn,
            () => leases.AcquireAsync(request, ct),
            keeper =>
                keeper.PostAsync(
                    $"{KeeperPath}/leases",
                    request with
                    {
                        WaitMs = Math.Min(request.WaitMs, LongestElsewhereMs),
                    },
                    BrokerJson.Default.LeaseRequest,
                    BrokerJson.Default.LeaseGrant,
                    ct
                )
        );

    /// <inheritdoc cref="LeaseService.RenewAsync"/>
    public Task<RenewResponse> RenewAsync(string leaseId, RenewRequest request, bool passOn, CancellationToken ct) =>
        RunAsync(
            passOn,
            () => leases.RenewAsync(leaseId, request, ct),
            keeper =>
                keeper.PostAsync(
                    $"{KeeperPath}/leases/{Uri.EscapeDataString(leaseId)}/renew",
                    request,
                    BrokerJson.Default.RenewRequest,
                    BrokerJson.Default.RenewResponse,
                    ct
                )
        );

    /// <inheritdoc cref="LeaseService.LocateAsync"/>
    public Task<LocationResponse> LocateAsync(
        string leaseId,
        LocationRequest request,
        bool passOn,
        CancellationToken ct
    ) =>
        RunAsync(
            passOn,
            () => leases.LocateAsync(leaseId, request, ct),
            keeper =>
                keeper.PostAsync(
                    $"{KeeperPath}/leases/{Uri.EscapeDataString(leaseId)}/location",
                    request,
                    BrokerJson.Default.LocationRequest,
                    BrokerJson.Default.LocationResponse,
                    ct
                )
        );

    /// <inheritdoc cref="LeaseService.ReleaseAsync"/>
    public Task ReleaseAsync(string leaseId, long fence, bool passOn, CancellationToken ct) =>
        RunAsync(
            passOn,
            async () =>
            {
                await leases.ReleaseAsync(leaseId, fence, ct);
                return true;
            },
            async keeper =>
            {
                var path = $"{KeeperPath}/leases/{Uri.EscapeDataString(leaseId)}?fence={fence}";
                await keeper.SendAsync(HttpMethod.Delete, path, ct);
                return true;
            }
        );

    Task<T> RunAsync<T>(bool passOn, Func<Task<T>> here, Func<BrokerHttp, Task<T>> there) =>
        passOn ? route.RunAsync(here, there) : here();
}
