using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
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
            throw new BrokerException(known.Code ?? BrokerCodes.MessageNotFound, known.Detail);
        return !options.Value.AllowProtected && found.Items.Any(item => item.Protected)
            ? throw new BrokerException(BrokerCodes.ContentProtected, "the chat forbids saving")
            : found;
    }

    /// <summary>Reads a link of a form that is served.</summary>
    /// <exception cref="BrokerException">link_invalid, link_unsupported.</exception>
    public static TelegramLink Parse(string text)
    {
        if (text.Length > MaxLinkLength)
            throw new BrokerException(BrokerCodes.LinkInvalid, $"a link has at most {MaxLinkLength} characters");
        try
        {
            return LinkParser.Parse(text) switch
            {
                LiveStoryLink => throw new BrokerException(
                    BrokerCodes.LinkUnsupported,
                    "a live story is a broadcast that is going on: there is no file of it yet"
                ),
                BotStartLink => throw new BrokerException(BrokerCodes.LinkUnsupported, "a bot holds no file"),
                var served => served,
            };
        }
        catch (LinkException e)
        {
            var code = e.Code switch
            {
                LinkErrors.NotAMessage => BrokerCodes.LinkUnsupported,
                LinkErrors.TooManyItems => BrokerCodes.TooManyItems,
                _ => BrokerCodes.LinkInvalid,
            };
            throw new BrokerException(code, e.Message, inner: e);
        }
    }

    async Task<CachedLink> AskAsync(TelegramLink link, CancellationToken ct)
    {
        var answer = await AskAccountsAsync(link, ct);
        await cache.SaveLinkAsync(link.Canonical, answer, ct);
        return answer;
    }

    async Task<CachedLink> AskAccountsAsync(TelegramLink link, CancellationToken ct)
    {
        var chat = ChatKeyOrNull(link);
        var candidates = await CandidatesAsync(chat, ct);
        var answer = await AskInTurnAsync(link, chat, candidates, ct);
        var joins =
            answer.Code is BrokerCodes.SourcePrivate && link is InviteLink && options.Value.JoinInvites
                ? candidates.Free.FirstOrDefault(account => !account.IsBot)
                : null;
        return joins is null ? answer : await AskOneAsync(joins, link, chat, join: true, ct);
    }

    async Task<CachedLink> AskInTurnAsync(TelegramLink link, string? chat, Candidates candidates, CancellationToken ct)
    {
        var refusal = candidates.ParkedUntil is { } until
            ? new BrokerException(BrokerCodes.Flood, "an account that may be in the chat must wait", until)
            : null;
        foreach (var account in candidates.Free)
        {
            try
            {
                var answer = await AskOneAsync(account, link, chat, join: false, ct);
                if (answer.Code is not BrokerCodes.SourcePrivate)
                    return answer;
                refusal ??= new BrokerException(BrokerCodes.SourcePrivate, answer.Detail);
            }
            catch (BrokerException e) when (e.IsTransient)
            {
                refusal = Worse(refusal, e);
            }
        }
        return refusal is { Code: BrokerCodes.SourcePrivate }
            ? CachedLink.Of(refusal)
            : throw refusal ?? new BrokerException(BrokerCodes.NoAccount, "log an account in first");
    }

    /// <summary>What one account says: items, or an error that does not pass.</summary>
    async Task<CachedLink> AskOneAsync(
        AccountInfo account,
        TelegramLink link,
        string? chat,
        bool join,
        CancellationToken ct
    )
    {
        try
        {
            var found = await gateway.ResolveAsync(account, link, join, ct);
            if (chat is not null)
                await cache.SaveReaderAsync(chat, account.Id, ct);
            return new CachedLink { Found = found };
        }
        catch (BrokerException e) when (IsAnswer(e.Code))
        {
            return CachedLink.Of(e);
        }
    }

    static bool IsAnswer(string code) =>
        code
            is BrokerCodes.LinkUnsupported
                or BrokerCodes.SourcePrivate
                or BrokerCodes.MessageNotFound
                or BrokerCodes.NoMedia
                or BrokerCodes.TooManyItems
                or BrokerCodes.InviteNamesNoMessage;

    // Users before bots, which cannot look names up; the account that knows the chat before all. Otherwise chats are spread
    // over the accounts, and each stays with the same ones in every replica: they have looked its name up already.
    async Task<Candidates> CandidatesAsync(string? chat, CancellationToken ct)
    {
        var view = await accounts.GetAsync(ct);
        var now = time.GetUtcNow();
        var reader = chat is null ? null : await cache.FindReaderAsync(chat, ct);
        var inTurn = view
            .Usable.OrderBy(account => !string.Equals(account.Id, reader, StringComparison.Ordinal))
            .ThenBy(account => account.IsBot)
            .ThenBy(account => Place(chat, account.Id))
            .Select(account => (Account: account, Wait: view.WaitOf(account, account.HomeDc, MethodClass.Resolve, now)))
            .ToList();
        var most = options.Value.MaxAccounts;
        AccountInfo[] free = [.. inTurn.Where(a => a.Wait is null).Select(a => a.Account).Take(most)];
        var parked = inTurn.Take(most).Min(a => a.Wait);
        return free.Length == 0 && parked is { } until
            ? throw new BrokerException(BrokerCodes.Flood, "every account must wait", until)
            : new Candidates(free, parked);
    }

    static ulong Place(string? chat, string account) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{chat} {account}")));

    // What may pass with time weighs more than "private": an account that could not be asked might be a member. Of two
    // waits the shorter counts.
    static BrokerException Worse(BrokerException? first, BrokerException second) =>
        first is not { IsTransient: true } || second.RetryAt < first.RetryAt ? second : first;

    /// <summary>What an account must be able to read; null for an invitation, whose chat is not known.</summary>
    static string? ChatKeyOrNull(TelegramLink link) =>
        link switch
        {
            MessageLink message => ChatKey(message.Chat),
            MessageRangeLink range => ChatKey(range.Chat),
            StoryLink story => ChatKey(story.Owner),
            StoryAlbumLink album => ChatKey(album.Owner),
            _ => null,
        };

    static string ChatKey(ChatRef chat) =>
        chat switch
        {
            PublicChat named => $"@{named.Username}",
            PrivateChat hidden => FormattableString.Invariant($"c{hidden.ChannelId}"),
            _ => throw new InvalidOperationException($"unknown kind of chat {chat.GetType().Name}"),
        };

    /// <summary>Whom to ask, in turn, and when the first is free of those that would be asked too but must wait; null for none.</summary>
    sealed record Candidates(IReadOnlyList<AccountInfo> Free, DateTimeOffset? ParkedUntil);
}
