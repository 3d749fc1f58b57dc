using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>The calls that resolving makes: within the account's budget, and with Telegram's refusals in this library's words.</summary>
/// <param name="calls">Where they are made.</param>
/// <param name="budget">Null for an account that only one person uses.</param>
/// <param name="patience">The longest pause of a read that is over the budget. A name waits never: another account may know it.</param>
/// <param name="time">The clock.</param>
sealed class ResolveCalls(Takeout calls, ResolveBudget? budget, TimeSpan patience, TimeProvider time)
{
    /// <summary>Bots read chats by other rules.</summary>
    public bool IsBot => calls.IsBot;

    /// <exception cref="ResolveException">Telegram says that there is no such thing, or that the account may not see it.</exception>
    /// <exception cref="BudgetException">Not now; nothing was sent.</exception>
    public async Task<T> CallAsync<T>(TlMethod<T> method, CancellationToken ct)
    {
        await SpendAsync(method.GetType().Name, method is ContactsResolveUsername, ct);
        try
        {
            return await calls.CallAsync(method, ct);
        }
        catch (RpcException e)
        {
            if (RefusalOrNull(e) is not { } refusal)
                throw;
            throw refusal;
        }
    }

    /// <summary>Counts one read for a walk that makes many.</summary>
    public Task SpendReadAsync(string method, CancellationToken ct) => SpendAsync(method, isName: false, ct);

    async Task SpendAsync(string method, bool isName, CancellationToken ct)
    {
        if (budget is null)
            return;
        var now = time.GetElapsedTime(0);
        var taken = isName
            ? budget.Names.TryTake(now, TimeSpan.Zero, out var wait)
            : budget.Reads.TryTake(now, patience, out wait);
        if (!taken)
            throw new BudgetException(method, wait);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, ct);
    }

    static ResolveException? RefusalOrNull(RpcException e) =>
        e.Type switch
        {
            "USERNAME_NOT_OCCUPIED" or "USERNAME_INVALID" => new(
                ResolveErrors.MessageNotFound,
                "There is no chat of that name.",
                e
            ),
            "MSG_ID_INVALID" or "MESSAGE_ID_INVALID" or "MESSAGE_IDS_EMPTY" => new(
                ResolveErrors.MessageNotFound,
                "There is no such message.",
                e
            ),
            "STORY_ID_INVALID" or "STORIES_NEVER_CREATED" or "STORY_ID_EMPTY" or "ALBUM_ID_INVALID" => new(
                ResolveErrors.MessageNotFound,
                "There is no such story.",
                e
            ),
            "INVITE_HASH_EXPIRED" or "INVITE_HASH_INVALID" or "INVITE_HASH_EMPTY" => new(
                ResolveErrors.MessageNotFound,
                "The invitation is wrong or has expired.",
                e
            ),
            "INVITE_REQUEST_SENT" => new(
                ResolveErrors.SourcePrivate,
                "The account has asked to join; somebody in the chat must let it in.",
                e
            ),
            "CHANNELS_TOO_MUCH" or "USER_CHANNELS_TOO_MUCH" or "USERS_TOO_MUCH" => new(
                ResolveErrors.SourcePrivate,
                "The account cannot join: it is in too many chats, or the chat is full.",
                e
            ),
            "CHANNEL_PRIVATE"
            or "CHANNEL_INVALID"
            or "CHANNEL_PUBLIC_GROUP_NA"
            or "CHAT_ADMIN_REQUIRED"
            or "PEER_ID_INVALID"
            or "USER_BANNED_IN_CHANNEL"
            or "BOT_METHOD_INVALID" => new(ResolveErrors.SourcePrivate, "The account may not read this chat.", e),
            _ => null,
        };
}
