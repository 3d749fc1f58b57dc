using Fleet.Broker.Accounts;
using Fleet.Broker.Caching;
using Fleet.Sessions;

namespace Fleet.Broker.Leases;

/// <summary>What a holder needs besides the booking: key, addresses, location, budget.</summary>
sealed class LeaseKit(KeyRing keys, AccountGateway gateway, MediaCache cache, TelegramNetwork network)
{
    /// <summary>Puts a grant together; makes the key and finds the location when they are not there.</summary>
    /// <exception cref="BrokerException">The account cannot: source_private, flood, account_unusable …</exception>
    public async Task<LeaseGrant> EquipAsync(
        AccountInfo account,
        LeaseId id,
        long fence,
        int others,
        LeaseRequest request,
        CancellationToken ct
    )
    {
        var location = await cache.FindLocationAsync(account.Id, request.DocumentId, request.Picture, ct) is { } cached
            ? cached.Location
            : (await FreshLocationAsync(account, FileOf(request), ct)).Location;
        var record = await keys.OpenAsync(account, ct);
        var key = await KeyAsync(account, request.Dc, ct);
        var client = network.Client(AccountClient.Of(record));
        var way = network.WayOf(AccountClient.Of(record));
        var share = LeaseRules.ShareOf(account.IsPremium, others + 1);
        return new LeaseGrant
        {
            LeaseId = id.ToString(),
            Account = account.Id,
            Fence = fence,
            ExpiresAt = id.GrantedAt + LeaseRules.Ttl,
            Dc = request.Dc,
            Addresses = network.MediaAddresses(request.Dc),
            Transport = way.Transport,
            Proxy = way.Proxy,
            AuthKey = key.AuthKey,
            ServerSalt = key.ServerSalt,
            Location = location,
            Connections = share.Connections,
            WindowBytes = share.WindowBytes,
            Client = new LeaseClient
            {
                ApiId = client.ApiId,
                DeviceModel = client.DeviceModel,
                SystemVersion = client.SystemVersion,
                AppVersion = client.AppVersion,
                LangCode = client.LangCode,
            },
            CdnSupported = !account.IsBot,
        };
    }

    /// <summary>The location with a new reference, past the cache.</summary>
    public Task<LocationResponse> FreshLocationAsync(AccountInfo account, LocateRequest file, CancellationToken ct) =>
        gateway.LocateAsync(account, file, ct);

    static LocateRequest FileOf(LeaseRequest request) =>
        new()
        {
            DocumentId = request.DocumentId,
            Picture = request.Picture,
            Origin = request.Origin,
        };

    async Task<DcKeyRecord> KeyAsync(AccountInfo account, int dc, CancellationToken ct)
    {
        if (await keys.FindKeyAsync(account, dc, ct) is { } known)
            return known;
        await gateway.MakeDcKeyAsync(account, dc, ct);
        return await keys.FindKeyAsync(account, dc, ct)
            ?? throw new BrokerException(BrokerCodes.TelegramUnavailable, "the new key was refused at once");
    }
}
