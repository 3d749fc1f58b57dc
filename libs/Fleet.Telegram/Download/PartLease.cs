using System.Runtime.CompilerServices;
using Fleet.MtProto;
using Fleet.Tl;

namespace Fleet.Telegram;

/// <summary>Leave to make one call through one connection: waited for by <see cref="DcPool.AcquireAsync"/>, given back by
/// <see cref="DcPool.Release"/>, used again for the next call. One user at a time; the pool's lock guards what the pool sets.</summary>
sealed class PartLease
{
    CancellationTokenSource _stop = new();

    public PartLease()
    {
        Place = new LinkedListNode<PartLease>(this);
        InLine = new LinkedListNode<PartLease>(this);
    }

    /// <summary>In the pool's queue, or among those who have leave.</summary>
    public LinkedListNode<PartLease> Place { get; }

    /// <summary>In the line of the read's accounts.</summary>
    public LinkedListNode<PartLease> InLine { get; }

    /// <summary>Set when an account has room for it.</summary>
    public Signal Turn { get; } = new();

    /// <summary>The account that is asked; null while there is none. The set's lock guards it.</summary>
    public AccessHolder? Access { get; set; }

    /// <summary>Waits for its account, whatever keeps that; otherwise another is asked.</summary>
    public bool IsPatient { get; set; } = true;

    /// <summary>Set when leave is given.</summary>
    public Signal Granted { get; } = new();

    /// <summary>Bytes of the pool's window that it holds; 0 for a call that gives none.</summary>
    public int Bytes { get; set; }

    /// <summary>A connection to use only when no other has room; never, if <see cref="IsHedge"/>.</summary>
    public MtConnection? Avoid { get; set; }

    /// <summary>Somebody looks at the file and waits for it.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Goes before all others.</summary>
    public bool IsHedge { get; set; }

    /// <summary>How often the part was given up before.</summary>
    public int GivenUpBefore { get; set; }

    /// <summary>Null while there is no leave.</summary>
    public PoolLane? Lane { get; set; }

    public MtConnection? Connection { get; set; }

    /// <summary>Timestamp of the grant.</summary>
    public long Since { get; set; }

    /// <summary>Bytes in flight through the connection at the grant, its own included.</summary>
    public long BytesAtGrant { get; set; }

    /// <summary>0 to 1, for back-off.</summary>
    public double Random { get; set; }

    /// <summary>The pool has decided not to wait for the answer.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>What cancelling ends the call in progress, and no later one.</summary>
    public CancellationTokenSource Stop => _stop;

    /// <summary>Makes ready for the next call.</summary>
    public void Renew()
    {
        if (IsGivenUp || _stop.IsCancellationRequested)
            _stop = new CancellationTokenSource(); // whoever gave up may be about to cancel the old one
        IsGivenUp = false;
    }

    /// <summary>Calls. Ends with <see cref="OperationCanceledException"/> after <paramref name="ct"/> and after
    /// <see cref="Stop"/>; either way the server is told to drop the answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> CallAsync(TlObject call, IReplySink sink, CancellationToken ct)
    {
        await using (ct.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop))
            return await Connection!.CallAsync(call, sink, _stop.Token);
    }
}

/// <summary>The pool would not wait for the answer any longer.</summary>
sealed class GivenUpException(int lane) : MtProtoException($"No answer in good time over connection {lane}")
{
    public override Recovery Recovery => Recovery.Reconnect;
}
