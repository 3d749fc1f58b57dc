using Fleet.Broker.Caching;
using Fleet.Broker.Leases;
using Fleet.Broker.Resolving;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>What an account's owner does with its main session, and remembers of it.</summary>
sealed class AccountWork(
    MainSessions sessions,
    AccountStore store,
    MediaCache cache,
    LeaseBook leases,
    TimeProvider time
)
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    readonly SingleFlight<(string Account, MediaKey File), LocationResponse> _locating = new(Deadline, time);
    readonly SingleFlight<(string Account, int Dc), DcKeyResponse> _making = new(Deadline, time);

    /// <summary>What a link holds, as this account sees it.</summary>
    /// <param name="account">Which one.</param>
    /// <param name="link">Of a form that is served.</param>
    /// <param name="join">Join the chat of an invitation first.</param>
    /// <param name="ct">Abandons the call.</param>
    public async Task<ResolveResponse> ResolveAsync(
        AccountInfo account,
        TelegramLink link,
        bool join,
        CancellationToken ct
    )
    {
        var found = await sessions.UseAsync(
            account,
            async (session, c) =>
            {
                if (join && link is InviteLink invite)
                    await session.JoinAsync(invite, c);
                return await session.ResolveAsync(link, c);
            },
            ct
        );
        foreach (var media in found)
            await LearnLocationAsync(account, media, ct);
        foreach (var chat in found.Select(media => MediaWords.ChatOf(media.Origin)).Distinct(StringComparer.Ordinal))
            await leases.LearnChatAsync(account.Id, chat, mayRead: true, ct);
        return new ResolveResponse { Items = [.. found.Select(MediaWords.ToItem)] };
    }

    /// <summary>A file as this account sees it, with a fresh reference. One fetch at a time per file.</summary>
    public Task<LocationResponse> LocateAsync(AccountInfo account, LocateRequest request, CancellationToken ct)
    {
        var origin = MediaWords.ToOrigin(request.Origin);
        var key = MediaWords.ToKey(request.DocumentId, request.Picture);
        return _locating.RunAsync(
            (account.Id, key),
            async flight =>
            {
                var media = await sessions.UseAsync(
                    account,
                    (session, c) => session.LocateAsync(origin, key, c),
                    flight
                );
                await LearnLocationAsync(account, media, flight);
                await leases.LearnChatAsync(account.Id, MediaWords.ChatOf(media.Origin), mayRead: true, flight);
                return new LocationResponse
                {
                    Location = MediaWords.ToLocation(media.Location),
                    Dc = media.Description.Dc,
                };
            },
            ct
        );
    }

    /// <summary>Makes and stores the account's key for a data centre, unless that has happened. One at a time.</summary>
    public Task<DcKeyResponse> MakeDcKeyAsync(AccountInfo account, int dc, CancellationToken ct) =>
        _making.RunAsync(
            (account.Id, dc),
            async flight =>
            {
                if (await store.FindDcKeyAsync(account.Id, dc, flight) is null)
                {
                    var key = await sessions.UseAsync(account, (session, c) => session.CreateDcKeyAsync(dc, c), flight);
                    var record = new DcKeyRecord
                    {
                        Dc = dc,
                        AuthKey = key.AuthKey.Export(),
                        ServerSalt = key.ServerSalt,
                    };
                    await store.SaveDcKeyAsync(account.Id, record, flight);
                }

                return new DcKeyResponse { Dc = dc };
            },
            ct
        );

    /// <summary>How to reach a CDN data centre, as the account is told.</summary>
    public async Task<CdnResponse> FindCdnAsync(AccountInfo account, int dc, CancellationToken ct)
    {
        var server = await sessions.UseAsync(account, (session, c) => session.FindCdnAsync(dc, c), ct);
        return new CdnResponse
        {
            Dc = server.Dc,
            ApiId = server.ApiId,
            Addresses = [.. server.Addresses.Select(a => new LeaseAddress(a.Host, a.Port, a.MediaOnly, a.Obfuscated))],
            PublicKeys = [.. server.PublicKeys],
        };
    }

    Task LearnLocationAsync(AccountInfo account, ResolvedMedia media, CancellationToken ct) =>
        cache.SaveLocationAsync(
            account.Id,
            new CachedLocation(MediaWords.ToLocation(media.Location), media.Description.Dc),
            ct
        );
}
