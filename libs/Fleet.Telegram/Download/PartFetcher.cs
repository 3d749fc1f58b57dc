using System.Runtime.CompilerServices;
using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>Fetches one part, or hashes of parts, whatever it takes: other connections, waits, renewed access. Ends with the bytes or with the one
/// exception that says why not.</summary>
sealed partial class PartFetcher(AccessHolder holder, MediaReaderContext context) : IPartSource
{
    /// <summary>Chance shortens it by a quarter at most: never below the second that a faulty server is to be given.</summary>
    readonly Backoff _backoff = new(TimeSpan.FromSeconds(4.0 / 3), TimeSpan.FromSeconds(32));

    Input? _input;

    /// <summary>Whether there is more than one connection to ask.</summary>
    public bool HasChoice => holder.Current.Pool.OpenConnections > 1;

    /// <summary>Makes the call through whatever connection will do. When it returns or throws, nothing writes to the part's block any
    /// more, unless a hedge is out.</summary>
    /// <param name="call">Not answered yet.</param>
    /// <param name="lease">To be used for every try.</param>
    /// <param name="avoid">A connection to ask only when no other is ready.</param>
    /// <param name="ct">Gives it up.</param>
    /// <returns>The connection asked last: where the answer came from, unless a hedge brought it.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MtConnection?> FetchAsync(
        MediaCall call,
        PartLease lease,
        MtConnection? avoid,
        CancellationToken ct
    )
    {
        Tries? tries = null;
        (lease.Bytes, lease.Avoid, lease.GivenUpBefore) = (call.Bytes, avoid, 0);
        while (!call.IsAnswered)
        {
            var access = holder.Current;
            PoolLane lane;
            MtProtoException? fault;
            try
            {
                await access.Pool.AcquireAsync(lease, ct);
                lane = lease.Lane!;
                fault = await TryAsync(access, lease, call, ct);
            }
            catch (MtProtoException refused)
            {
                await RenewAsync(access, AccessFault.KeyRejected, dc: null, refused, ct);
                continue;
            }
            if (fault is not null)
            {
                tries ??= new Tries();
                if (fault is GivenUpException)
                    (lease.Avoid, lease.GivenUpBefore) = (lease.Connection, lease.GivenUpBefore + 1);
                await RecoverAsync(new Attempt(access, lane, call, lease.Random, tries), fault, ct);
            }
            else if (call.Bytes > 0)
            {
                holder.Worked(access);
            }
        }
        return lease.Connection;
    }

    /// <summary>Asks for a part a second time, through another connection than <paramref name="first"/>. Whatever goes wrong is left to
    /// the first request.</summary>
    /// <returns>True when it was answered.</returns>
    public async Task<bool> HedgeAsync(MediaCall call, PartLease lease, MtConnection first, CancellationToken ct)
    {
        var access = holder.Current;
        (lease.Bytes, lease.Avoid, lease.IsHedge) = (call.Bytes, first, true);
        try
        {
            await access.Pool.AcquireAsync(lease, ct);
            var lane = lease.Lane!;
            if (call.IsAnswered)
            {
                access.Pool.Release(lease, received: false, lost: false);
                return false;
            }
            var fault = await TryAsync(access, lease, call, ct);
            if (fault is RpcException { Recovery: Recovery.Wait } wait)
                Wait(new Attempt(access, lane, call, lease.Random, new Tries()), wait);
            return fault is null;
        }
        catch (Exception e)
            when (e is MtProtoException or TelegramException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    ValueTask<MtConnection?> IPartSource.FetchAsync(
        PartCall call,
        PartLease lease,
        MtConnection? avoid,
        CancellationToken ct
    ) => FetchAsync(call, lease, avoid, ct);

    /// <inheritdoc/>
    public async Task<FileHash[]> HashesAsync(long offset, CancellationToken ct)
    {
        var call = new HashesCall(offset);
        await FetchAsync(call, new PartLease(), avoid: null, ct);
        return call.Answer;
    }

    /// <summary>One call over one connection, whose lease ends here. Null when it was answered.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<MtProtoException?> TryAsync(
        MediaAccess access,
        PartLease lease,
        MediaCall call,
        CancellationToken ct
    )
    {
        var received = false;
        var lost = false;
        try
        {
            await lease.CallAsync(InTakeout(access.Pool, call.For(InputOf(access))), call.Sink, ct);
            received = call is not PartCall { Detour: not null }; // that says nothing of the connection's speed
            return null;
        }
        catch (MtProtoException e)
        {
            lost = e is ConnectionLostException;
            return e;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // By the pool, or because a hedge brought the answer.
            return call.IsAnswered ? null : new GivenUpException(lease.Lane!.Index);
        }
        catch (TlException e)
        {
            throw new MediaException(
                MediaErrors.PartContent,
                $"The answer is not one to {call.Method}.",
                Remedy.Later,
                e
            );
        }
        finally
        {
            access.Pool.Release(lease, received, lost);
        }
    }

    static TlObject InTakeout(DcPool pool, TlObject call) =>
        pool.TakeoutId is { } id ? new InvokeWithTakeout { TakeoutId = id, Query = call } : call;

    /// <summary>The location as the call wants it; made once per access.</summary>
    InputFileLocationBase InputOf(MediaAccess access)
    {
        var input = Volatile.Read(ref _input);
        if (!ReferenceEquals(input?.Access, access))
            Volatile.Write(ref _input, input = new Input(access, access.Location.ToInput()));
        return input!.Location;
    }

    async Task RecoverAsync(Attempt attempt, MtProtoException fault, CancellationToken ct)
    {
        var (access, tries) = (attempt.Access, attempt.Tries);
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
                await RenewAsync(access, AccessFault.FileReference, dc: null, fault, ct);
                break;
            case RpcException { Recovery: Recovery.Migrate } migrate:
                await RenewAsync(access, AccessFault.Migrated, migrate.Argument, fault, ct);
                break;
            case { Recovery: Recovery.SignIn or Recovery.NewAuthKey }:
                await RenewAsync(access, AccessFault.KeyRejected, dc: null, fault, ct);
                break;
            case { Recovery: Recovery.ReloadConfig }:
                await RenewAsync(access, AccessFault.Address, dc: null, fault, ct);
                break;
            case { Recovery: Recovery.RestartTakeout } when access.Pool.TakeoutId is not null:
                await RenewAsync(access, AccessFault.Takeout, dc: null, fault, ct);
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
    void Wait(Attempt attempt, RpcException fault)
    {
        var (pool, call) = (attempt.Access.Pool, attempt.Call);
        if (fault.Is("FLOOD_PREMIUM_WAIT"))
        {
            pool.Slow(attempt.Lane, fault.Wait);
            return;
        }
        pool.Flood(fault.Wait);
        FloodWait(context.Log, fault.Wait.TotalSeconds, call.Method, pool.Dc);
        if (++attempt.Tries.Floods > context.Options.PartFloods)
            throw new FloodException(call.Method, fault.Wait, fault);
    }

    Task RenewAsync(MediaAccess access, AccessFault fault, int? dc, Exception cause, CancellationToken ct)
    {
        AccessRenewed(context.Log, access.Location.DocumentId, fault, access.Pool.Dc);
        return holder.RenewAsync(access, fault, dc, cause, ct);
    }

    [LoggerMessage(LogLevel.Information, "Told to wait {Seconds} s before {Method} in DC {Dc}")]
    static partial void FloodWait(ILogger log, double seconds, string method, int dc);

    [LoggerMessage(LogLevel.Information, "Renewing access to document {DocumentId}: {Fault} in DC {Dc}")]
    static partial void AccessRenewed(ILogger log, long documentId, AccessFault fault, int dc);

    sealed record Input(MediaAccess Access, InputFileLocationBase Location);

    /// <summary>A try that failed.</summary>
    sealed record Attempt(MediaAccess Access, PoolLane Lane, MediaCall Call, double Random, Tries Tries);

    /// <summary>What one part has cost so far.</summary>
    sealed class Tries
    {
        public int Failures { get; set; }
        public int Floods { get; set; }
    }
}
