namespace Fleet.Sessions;

/// <summary>
/// Client of the broker. Every call ends within <see cref="BrokerOptions.Deadline"/>, and fails with
/// <see cref="BrokerException"/> and nothing else (but cancellation). It never retries: the caller knows what waits.
/// </summary>
/// <param name="http">Owned by the caller; its own timeout should be infinite. W3C trace context flows by itself.</param>
/// <param name="options">Address, token and deadline.</param>
/// <param name="time">Clock of the deadline.</param>
public sealed class BrokerClient(HttpClient http, BrokerOptions options, TimeProvider time)
{
    readonly BrokerHttp _http = new(
        http,
        options.Url ?? throw new ArgumentException("Broker:Url is not set", nameof(options)),
        options,
        time
    );

    /// <summary>What a link holds.</summary>
    /// <exception cref="BrokerException">link_*, message_not_found, no_media, content_protected, source_private, no_account, flood.</exception>
    public Task<ResolveResponse> ResolveAsync(string link, CancellationToken ct) =>
        _http.PostAsync(
            "resolve",
            new ResolveRequest { Link = link },
            BrokerJson.Default.ResolveRequest,
            BrokerJson.Default.ResolveResponse,
            ct
        );

    /// <summary>An account and a key to read one document.</summary>
    /// <exception cref="BrokerException">no_account; flood and no_capacity with a time; message_not_found.</exception>
    public Task<LeaseGrant> LeaseAsync(LeaseRequest request, CancellationToken ct) =>
        _http.PostAsync("leases", request, BrokerJson.Default.LeaseRequest, BrokerJson.Default.LeaseGrant, ct);

    /// <summary>Keeps a lease, and reports how its calls ended.</summary>
    /// <exception cref="BrokerException">stale_fence: stop using the lease at once.</exception>
    public Task<RenewResponse> RenewAsync(string leaseId, RenewRequest request, CancellationToken ct) =>
        _http.PostAsync(
            $"leases/{Uri.EscapeDataString(leaseId)}/renew",
            request,
            BrokerJson.Default.RenewRequest,
            BrokerJson.Default.RenewResponse,
            ct
        );

    /// <summary>A fresh file reference for the leased document.</summary>
    /// <exception cref="BrokerException">stale_fence; message_not_found when the message is gone.</exception>
    public Task<LocationResponse> RefreshLocationAsync(string leaseId, LocationRequest request, CancellationToken ct) =>
        _http.PostAsync(
            $"leases/{Uri.EscapeDataString(leaseId)}/location",
            request,
            BrokerJson.Default.LocationRequest,
            BrokerJson.Default.LocationResponse,
            ct
        );

    /// <summary>How to reach a CDN data centre that Telegram redirected to.</summary>
    /// <exception cref="BrokerException">no_account; telegram_unavailable when nobody can tell.</exception>
    public Task<CdnResponse> FindCdnAsync(int dc, CancellationToken ct) =>
        _http.GetAsync(FormattableString.Invariant($"cdn/{dc}"), BrokerJson.Default.CdnResponse, ct);

    /// <summary>Gives a lease back; giving back one that is gone is not an error.</summary>
    /// <exception cref="BrokerException">The broker cannot be reached.</exception>
    public Task ReleaseAsync(string leaseId, long fence, CancellationToken ct) =>
        _http.SendAsync(HttpMethod.Delete, $"leases/{Uri.EscapeDataString(leaseId)}?fence={fence}", ct);
}
