using System.Security.Cryptography;
using Fleet.Broker.Leases;
using Fleet.MtProto;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>From what went wrong with an account to the broker's codes, and to what is remembered of it.</summary>
sealed partial class TelegramFaults(
    AccountStore store,
    AccountDirectory directory,
    AccountEvents events,
    FloodLedger ledger,
    TimeProvider time,
    ILogger<TelegramFaults> log
)
{
    /// <summary>End of a flood wait of some seconds from now, with 1 to 3 s on top so that clients do not return in step.</summary>
    public static DateTimeOffset FloodEnd(TimeSpan wait, DateTimeOffset now) =>
        now + wait + TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1000, 3000));

    /// <summary>True for what Telegram, the network or the store may throw; anything else is a bug.</summary>
    public static bool IsFault(Exception e) =>
        e is TelegramException or MtProtoException or SealException or TimeoutException;

    /// <summary>Notes what must be remembered, and says how the call ends.</summary>
    public async Task<BrokerException> NoteAsync(AccountInfo account, Exception fault, CancellationToken ct)
    {
        switch (fault)
        {
            case BudgetException budget:
                BrokerMetrics.BudgetRefused();
                return new BrokerException(
                    BrokerCodes.Flood,
                    budget.Message,
                    time.GetUtcNow() + budget.RetryAfter,
                    budget
                );
            case FloodException flood:
                var until = FloodEnd(flood.RetryAfter, time.GetUtcNow());
                await store.ParkAsync(new Flood(account.Id, account.HomeDc, MethodClass.Resolve, until), ct);
                directory.Invalidate();
                Flooded(log, account.Id, flood.Method, until);
                BrokerMetrics.Flood(MethodClass.Resolve, account.HomeDc, flood.RetryAfter);
                BrokerMetrics.FloodEnds(account.Id, MethodClass.Resolve, account.HomeDc, until);
                if (flood.RetryAfter > CircuitRule.GraveWait)
                    await ledger.OpenCircuitAsync(account.Id, account.HomeDc, "flood", flood.RetryAfter, ct);
                return new BrokerException(BrokerCodes.Flood, flood.Message, until, flood);
            case LoginException login when EventOf(login.Code) is { } e:
                await NoteLossAsync(account, e, AccountEvents.ReasonOf(login), ct);
                return new BrokerException(BrokerCodes.AccountUnusable, login.Message, inner: login);
            case RpcException rpc when rpc.Is("PEER_FLOOD"):
                await ledger.OpenCircuitAsync(account.Id, account.HomeDc, "peer_flood", CircuitRule.Unnamed, ct);
                return new BrokerException(BrokerCodes.AccountUnusable, rpc.Message, inner: rpc);
            case SealException:
                Unusable(log, account.Id, fault.Message);
                return new BrokerException(BrokerCodes.AccountUnusable, "the account cannot be opened", inner: fault);
            case ResolveException:
                return new BrokerException(((ResolveException)fault).Code, fault.Message, inner: fault);
            default:
                Failed(log, account.Id, fault.Message);
                return new BrokerException(BrokerCodes.TelegramUnavailable, fault.Message, inner: fault);
        }
    }

    async Task NoteLossAsync(AccountInfo account, AccountEvent e, string reason, CancellationToken ct)
    {
        try
        {
            var change = await store.MoveAsync(account.Id, e, reason, ct);
            if (change.From != change.To) // many calls may fail by one cause
                events.Lost(account.Id, change.To, reason);
        }
        catch (BrokerException removed) when (removed.Code is BrokerCodes.AccountNotFound)
        {
            Unusable(log, account.Id, "it was removed meanwhile");
        }
        directory.Invalidate();
    }

    static AccountEvent? EventOf(string loginError) =>
        loginError switch
        {
            LoginErrors.LoggedOut or LoginErrors.Duplicated => AccountEvent.LoggedOut,
            LoginErrors.Banned => AccountEvent.Banned,
            _ => null,
        };

    [LoggerMessage(LogLevel.Warning, "Account {Account} must wait before {Method} until {Until}")]
    static partial void Flooded(ILogger log, string account, string method, DateTimeOffset until);

    [LoggerMessage(LogLevel.Error, "Account {Account} is unusable: {Reason}")]
    static partial void Unusable(ILogger log, string account, string reason);

    [LoggerMessage(LogLevel.Warning, "Account {Account} failed: {Reason}")]
    static partial void Failed(ILogger log, string account, string reason);
}
