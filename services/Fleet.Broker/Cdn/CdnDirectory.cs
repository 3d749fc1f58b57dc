using System.Collections.Concurrent;
using Fleet.Broker.Accounts;
using Fleet.Sessions;

namespace Fleet.Broker.Cdn;

/// <summary>Where the CDN data centres are: asked of some user account's session, and kept for <see cref="MaxAge"/>.</summary>
sealed class CdnDirectory(
    AccountDirectory directory,
    AccountGateway gateway,
    TelegramNetwork network,
    TimeProvider time
)
{
    /// <summary>How long an answer is good; Telegram changes keys and addresses rarely.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>A data centre that no account knows is not asked for of every one.</summary>
    const int MaxTries = 3;

    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    readonly SingleFlight<int, CdnResponse> _asking = new(Deadline, time);
    readonly ConcurrentDictionary<int, (CdnResponse Answer, DateTimeOffset At)> _known = new();

    /// <summary>How to reach a CDN data centre.</summary>
    /// <exception cref="BrokerException">bad_request; no_account; what the last account's session met.</exception>
    public Task<CdnResponse> FindAsync(int dc, CancellationToken ct)
    {
        if (dc is < 1 or > 9999)
            throw new BrokerException(BrokerCodes.BadRequest, "dc is a number of a data centre");
        return _known.TryGetValue(dc, out var known) && time.GetUtcNow() - known.At < MaxAge
            ? Task.FromResult(known.Answer)
            : _asking.RunAsync(dc, flight => AskAsync(dc, flight), ct);
    }

    async Task<CdnResponse> AskAsync(int dc, CancellationToken ct)
    {
        var users = (await directory.GetAsync(ct)).Usable.Where(a => !a.IsBot).Take(MaxTries);
        BrokerException? last = null;
        foreach (var account in users)
        {
            try
            {
                var answer = await gateway.FindCdnAsync(account, dc, ct) with
                {
                    Transport = network.Way.Transport,
                    Proxy = network.Way.Proxy,
                };
                _known[dc] = (answer, time.GetUtcNow());
                return answer;
            }
            catch (BrokerException e) when (e.IsTransient)
            {
                last = e;
            }
        }
        throw last ?? new BrokerException(BrokerCodes.NoAccount, "no user account is usable");
    }
}
