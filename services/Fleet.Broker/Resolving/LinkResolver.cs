using Fleet.Broker.Accounts;
using Fleet.Broker.Caching;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;
using LinkParser = Fleet.Telegram.LinkParser;

namespace Fleet.Broker.Resolving;

/// <summary>
/// From a link to what it holds: from the cache, else by a usable account, the one that last read the chat first. Equal
/// links asked for at once cost one answer.
/// </summary>
sealed class LinkResolver(
    MediaCache cache,
    AccountDirectory accounts,
    AccountGateway gateway,
    IOptions<ResolveOptions> options,
    TimeProvider time
)
{
    const int MaxLinkLength = 2048;
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    readonly SingleFlight<string, CachedLink> _flights = new(Deadline, time);

    /// <summary>What a link holds.</summary>
    /// <exception cref="BrokerException">Every code but those of leases.</exception>
    public async Task<ResolveResponse> ResolveAsync(string text, CancellationToken ct)
    {
        var link = Parse(text);
        var known = await cache.FindLinkAsync(link.Canonical, ct);
        BrokerMetrics.Resolved(known is null ? "telegram" : "cache");
        known ??= await _flights.RunAsync(link.Canonical, flight => AskAsync(link, flight), ct);
        if (known.Found is not { } found)
            throw new BrokerException(known.Code ?? BrokerCodes.MessageNotFound, "the link was looked up a moment ago");
        return !options.Value.AllowProtected && found.Items.Any(item => item.Protected)
            ? throw new BrokerException(BrokerCodes.ContentProtected, "the chat forbids saving")
            : found;
    }

    /// <summary>Reads a link of a form that is served.</summary>
    /// <exception cref="BrokerException">link_invalid, link_unsupported.</exception>
    public static MessageLink Parse(string text)
    {
        if (text.Length > MaxLinkLength)
            throw new BrokerException(BrokerCodes.LinkInvalid, $"a link has at most {MaxLinkLength} characters");
        try
        {
            return LinkParser.Parse(text) is MessageLink { CommentId: null } message
                ? message
                : throw new BrokerException(BrokerCodes.LinkUnsupported, "this form of link is not served yet");
        }
        catch (LinkException e)
        {
            var code = e.Code is LinkErrors.NotAMessage ? BrokerCodes.LinkUnsupported : BrokerCodes.LinkInvalid;
            throw new BrokerException(code, e.Message, inner: e);
        }
    }

    async Task<CachedLink> AskAsync(MessageLink link, CancellationToken ct)
    {
        var answer = await AskAccountsAsync(link, ct);
        await cache.SaveLinkAsync(link.Canonical, answer, ct);
        return answer;
    }

    async Task<CachedLink> AskAccountsAsync(MessageLink link, CancellationToken ct)
    {
        var chat = ChatKey(link.Chat);
        BrokerException? refusal = null;
        foreach (var account in await CandidatesAsync(chat, ct))
        {
            try
            {
                var found = await gateway.ResolveAsync(account, link, ct);
                await cache.SaveReaderAsync(chat, account.Id, ct);
                return new CachedLink { Found = found };
            }
            catch (BrokerException e) when (e.Code is BrokerCodes.SourcePrivate || e.IsTransient)
            {
                refusal = Worse(refusal, e);
            }
            catch (BrokerException e) when (e.Code is BrokerCodes.MessageNotFound or BrokerCodes.NoMedia)
            {
                return new CachedLink { Code = e.Code };
            }
        }

        return refusal is { Code: BrokerCodes.SourcePrivate }
            ? new CachedLink { Code = BrokerCodes.SourcePrivate }
            : throw refusal ?? new BrokerException(BrokerCodes.NoAccount, "log an account in first");
    }

    // Users before bots, which cannot look names up; the account that knows the chat before all.
    async Task<IReadOnlyList<AccountInfo>> CandidatesAsync(string chat, CancellationToken ct)
    {
        var view = await accounts.GetAsync(ct);
        var now = time.GetUtcNow();
        var reader = await cache.FindReaderAsync(chat, ct);
        var waits = view.Usable.ToDictionary(
            account => account,
            account => view.WaitOf(account, account.HomeDc, MethodClass.Resolve, now)
        );
        var free = view.Usable.Where(account => waits[account] is null).ToArray();
        if (free.Length == 0 && waits.Count > 0)
            throw new BrokerException(BrokerCodes.Flood, "every account must wait", waits.Values.Min());
        return
        [
            .. free.OrderBy(account => !string.Equals(account.Id, reader, StringComparison.Ordinal))
                .ThenBy(account => account.IsBot)
                .Take(options.Value.MaxAccounts),
        ];
    }

    // What may pass with time weighs more than "private": an account that could not be asked might be a member.
    static BrokerException Worse(BrokerException? first, BrokerException second) =>
        first is null || (second.IsTransient && !first.IsTransient) ? second : first;

    static string ChatKey(ChatRef chat) =>
        chat switch
        {
            PublicChat named => $"@{named.Username}",
            PrivateChat hidden => FormattableString.Invariant($"c{hidden.ChannelId}"),
            _ => throw new InvalidOperationException($"unknown kind of chat {chat.GetType().Name}"),
        };
}
