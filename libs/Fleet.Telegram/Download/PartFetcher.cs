using System.Runtime.CompilerServices;
using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>Fetches one part, or hashes of parts, whatever it takes: other connections, waits, renewed access, other accounts. Ends with the bytes or with the one
/// exception that says why not.</summary>
sealed partial class PartFetcher(AccessSet accesses, MediaReaderContext context) : IPartSource
{
    /// <summary>Chance shortens it by a quarter at most: never below the second that a faulty server is to be given.</summary>
    readonly Backoff _backoff = new(TimeSpan.FromSeconds(4.0 / 3), TimeSpan.FromSeconds(32));

    /// <summary>Whether there is more than one connection to ask.</summary>
    public bool HasChoice => accesses.HasChoice;

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
        for (var again = false; !call.IsAnswered; again = true)
        {
            await accesses.EnterAsync(lease, again, ct);
            var holder = lease.Access!;
            try
            {
                tries = await AskAsync(holder, lease, call, tries, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested && accesses.GoesOnAfter(e, holder))
            {
                // Another account is asked.
            }
            finally
            {
                accesses.Leave(lease);
            }
        }
        return lease.Connection;
    }

    /// <summary>Asks one account once, and does what its answer demands before the next try.</summary>
    /// <returns>What the part has cost so far; null for nothing.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<Tries?> AskAsync(
        AccessHolder holder,
        PartLease lease,
        MediaCall call,
        Tries? tries,
        CancellationToken ct
    )
    {
        var access = holder.Current;
        PoolLane lane;
        MtProtoException? fault;
        try
        {
            await access.Pool.AcquireAsync(lease, ct);
            lane = lease.Lane!;
            fault = await TryAsync(holder, access, lease, call, ct);
        }
        catch (MtProtoException refused)
        {
            await RenewAsync(holder, access, AccessFault.KeyRejected, dc: null, refused, ct);
            return tries;
        }
        if (fault is null)
        {
            if (call.Bytes > 0)
                holder.Worked(access);
            return tries;
        }
        tries ??= new Tries();
        if (fault is GivenUpException)
            (lease.Avoid, lease.GivenUpBefore) = (lease.Connection, lease.GivenUpBefore + 1);
        await RecoverAsync(new Attempt(holder, access, lane, call, lease.Random, tries), fault, ct);
        return tries;
    }

    /// <summary>Asks for a part a second time, through another connection than <paramref name="first"/>, and if there is one another
    /// account. Whatever goes wrong is left to the first request.</summary>
    /// <returns>True when it was answered.</returns>
    public async Task<bool> HedgeAsync(MediaCall call, HedgedFrom first, CancellationToken ct)
    {
        var lease = new PartLease
        {
            Bytes = call.Bytes,
            Avoid = first.Connection,
            IsHedge = true,
        };
        accesses.EnterHedge(lease, first.Access);
        var holder = lease.Access!;
        var access = holder.Current;
        try
        {
            await access.Pool.AcquireAsync(lease, ct);
            var lane = lease.Lane!;
            if (call.IsAnswered)
            {
                access.Pool.Release(lease, received: false, lost: false);
                return false;
            }
            var fault = await TryAsync(holder, access, lease, call, ct);
            if (fault is RpcException { Recovery: Recovery.Wait } wait)
                Wait(new Attempt(holder, access, lane, call, lease.Random, new Tries()), wait);
            return fault is null;
        }
        catch (FloodException e)
        {
            accesses.GoesOnAfter(e, holder);
            return false;
        }
        catch (Exception e)
            when (e
                    is MtProtoException
                        or TelegramException
                        or PoolAwayException
                        or OperationCanceledException
                        or ObjectDisposedException
            )
        {
            return false;
        }
        finally
        {
            accesses.Leave(lease);
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
        AccessHolder holder,
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
            await lease.CallAsync(InTakeout(access.Pool, call.For(holder.InputOf(access))), call.Sink, ct);
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

    /// <summary>A try that failed.</summary>
    sealed record Attempt(
        AccessHolder Holder,
        MediaAccess Access,
        PoolLane Lane,
        MediaCall Call,
        double Random,
        Tries Tries
    );

    /// <summary>What one part has cost so far.</summary>
    sealed class Tries
    {
        public int Failures { get; set; }
        public int Floods { get; set; }
    }
}

/// <summary>Where a part is asked for already.</summary>
readonly record struct HedgedFrom(AccessHolder? Access, MtConnection Connection);
