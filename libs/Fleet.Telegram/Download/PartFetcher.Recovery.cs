using Fleet.MtProto;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <content>What is done about a try that failed.</content>
sealed partial class PartFetcher
{
    async Task RecoverAsync(Attempt attempt, MtProtoException fault, CancellationToken ct)
    {
        var (holder, access, tries) = (attempt.Holder, attempt.Access, attempt.Tries);
        switch (fault)
        {
            case ProtocolViolationException:
                throw new MediaException(
                    MediaErrors.ProtocolViolation,
                    "The server, or somebody between, broke the protocol.",
                    Remedy.Later,
                    fault
                );
            case RpcException { Recovery: Recovery.Wait } wait:
                Wait(attempt, wait);
                break;
            case { Recovery: Recovery.RenewFileReference }:
                await RenewAsync(holder, access, AccessFault.FileReference, dc: null, fault, ct);
                break;
            case RpcException { Recovery: Recovery.Migrate } migrate:
                await RenewAsync(holder, access, AccessFault.Migrated, migrate.Argument, fault, ct);
                break;
            case { Recovery: Recovery.SignIn or Recovery.NewAuthKey }:
                await RenewAsync(holder, access, AccessFault.KeyRejected, dc: null, fault, ct);
                break;
            case { Recovery: Recovery.ReloadConfig }:
                await RenewAsync(holder, access, AccessFault.Address, dc: null, fault, ct);
                break;
            case { Recovery: Recovery.RestartTakeout } when access.Pool.TakeoutId is not null:
                await RenewAsync(holder, access, AccessFault.Takeout, dc: null, fault, ct);
                break;
            case { Recovery: Recovery.Reconnect }:
                Count(tries, fault); // the pool has the next try wait for another connection
                break;
            case { Recovery: Recovery.Retry }:
                Count(tries, fault);
                access.Pool.Shrink(attempt.Lane);
                await Task.Delay(_backoff.After(tries.Failures, attempt.Random), context.Time, ct);
                break;
            default:
                throw new MediaException(
                    MediaErrors.Refused,
                    $"Telegram refuses {attempt.Call.Method}: {fault.Message}.",
                    Remedy.None,
                    fault
                );
        }
    }

    void Count(Tries tries, MtProtoException fault)
    {
        if (++tries.Failures >= context.Options.PartTries)
            throw new UnavailableException($"A part failed {tries.Failures} times, at last: {fault.Message}.", fault);
    }

    /// <summary>FLOOD_PREMIUM_WAIT slows one connection and never fails; FLOOD_WAIT stops all reading of the account in this data
    /// centre, and the pool says whether it is worth sleeping through.</summary>
    /// <exception cref="FloodException">It is not, or there were too many for one part.</exception>
    void Wait(Attempt attempt, RpcException fault)
    {
        var (pool, call) = (attempt.Access.Pool, attempt.Call);
        if (fault.Is("FLOOD_PREMIUM_WAIT"))
        {
            pool.Slow(attempt.Lane, fault.Wait);
            return;
        }
        var isShort = pool.Flood(fault.Wait);
        FloodWait(context.Log, fault.Wait.TotalSeconds, call.Method, pool.Dc);
        if (!isShort || ++attempt.Tries.Floods > context.Options.PartFloods)
            throw new FloodException(call.Method, fault.Wait, fault);
    }

    Task RenewAsync(
        AccessHolder holder,
        MediaAccess access,
        AccessFault fault,
        int? dc,
        Exception cause,
        CancellationToken ct
    )
    {
        AccessRenewed(context.Log, access.Location.DocumentId, fault, access.Pool.Dc);
        return holder.RenewAsync(access, fault, dc, cause, ct);
    }

    [LoggerMessage(LogLevel.Information, "Told to wait {Seconds} s before {Method} in DC {Dc}")]
    static partial void FloodWait(ILogger log, double seconds, string method, int dc);

    [LoggerMessage(LogLevel.Information, "Renewing access to document {DocumentId}: {Fault} in DC {Dc}")]
    static partial void AccessRenewed(ILogger log, long documentId, AccessFault fault, int dc);
}
