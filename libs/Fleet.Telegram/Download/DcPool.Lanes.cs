using Fleet.MtProto;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <content>The life of the connections.</content>
public sealed partial class DcPool
{
    /// <summary>Keeps one connection open while there is something to ask for. Ends when the pool closes or breaks, or when a
    /// connection ends and nobody waits; the next waiter starts it anew.</summary>
    async Task RunLaneAsync(PoolLane lane)
    {
        var closing = _closing.Token;
        try
        {
            do
            {
                await Task.Delay(PauseBefore(lane), _time, closing);
            } while (Lost(lane, await ConnectOnceAsync(lane, closing)));
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The pool is closed; nobody waits any more.
        }
    }

    /// <summary>One connection, from connect to its end. Returns why it ended.</summary>
    async Task<MtProtoException?> ConnectOnceAsync(PoolLane lane, CancellationToken closing)
    {
        MtConnection connection;
        using var takeOut = CancellationTokenSource.CreateLinkedTokenSource(closing);
        try
        {
            connection = await MtConnection.ConnectAsync(ConnectionOptions(lane), closing);
        }
        catch (MtProtoException e)
        {
            return e;
        }
        await using (connection)
        {
            lock (_lock)
            {
                (lane.Connection, lane.TakeOut) = (connection, takeOut);
                if (TakeSurplus_NeedsLock(lane) is not null)
                    return null; // the pool became smaller meanwhile
                Dispatch_NeedsLock();
            }
            try
            {
                return await connection.Completion.WaitAsync(takeOut.Token);
            }
            catch (OperationCanceledException) when (!closing.IsCancellationRequested)
            {
                return null;
            }
            finally
            {
                lock (_lock)
                    (lane.Connection, lane.TakeOut) = (null, null);
            }
        }
    }

    /// <summary>The first reconnect is immediate; after that the pauses grow. Never more often than the limits allow.</summary>
    TimeSpan PauseBefore(PoolLane lane)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var limit = lane.Limiter.WaitAt(now);
            var backoff = lane.Failures <= 1 ? TimeSpan.Zero : _backoff.After(lane.Failures - 1, _random.NextDouble());
            var pause = limit > backoff ? limit : backoff;
            lane.Limiter.Connecting(now + pause);
            return pause;
        }
    }

    /// <summary>Counts the end of a connection. True when another one is wanted.</summary>
    bool Lost(PoolLane lane, MtProtoException? reason)
    {
        lock (_lock)
        {
            lane.Failures++;
            lane.Window.Shrink();
            if (reason is TransportErrorException)
                lane.Limiter.Refused(_time.GetUtcNow());
            _outcomes = _outcomes with { Losses = _outcomes.Losses + 1 };
            ConnectionEnded(_log, lane.Index, Dc, lane.Failures, reason?.Message ?? "closed");
            if (reason is { Recovery: Recovery.NewAuthKey or Recovery.SignIn or Recovery.None })
                Break_NeedsLock(reason);
            else if (lane.Failures >= _options.ConnectTries && Array.TrueForAll(_lanes, l => l.Connection is null))
                Break_NeedsLock(new UnavailableException($"DC {Dc} cannot be reached: {reason?.Message}", reason));
            if (Array.TrueForAll(_lanes, l => l.Connection is null))
                SendAway_NeedsLock();
            if (_broken is null && _waiting.Count > 0 && _allowance.Allows(lane.Index))
                return true;
            lane.Run = null;
            return false;
        }
    }

    ConnectionOptions ConnectionOptions(PoolLane lane)
    {
        // After a failure the next address is tried.
        var address = _options.Addresses[lane.Failures % _options.Addresses.Count];
        return new()
        {
            Address = address,
            Transport = _options.Transport,
            Proxy = _options.Proxy,
            Client = _options.Client,
            AuthKey = _options.AuthKey,
            ServerSalt = _options.ServerSalt,
            WithoutUpdates = !address.Cdn, // a CDN has none, and does not know the call
            CallTimeout = _options.CallTimeout,
            Time = _time,
            Logger = _log,
        };
    }

    [LoggerMessage(LogLevel.Information, "Connection {Lane} to DC {Dc} ended ({Failures} in a row): {Reason}")]
    static partial void ConnectionEnded(ILogger log, int lane, int dc, int failures, string reason);
}
