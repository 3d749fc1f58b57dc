using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Fleet.Hosting;

/// <summary>Redis did not answer in time, or is not there. Every caller has a way without it.</summary>
public sealed class RedisDownException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Commands to Redis with a bound on every wait: the client library has none of its own. After a failure nothing is
/// asked for <see cref="RedisOptions.Pause"/>, so that a dead Redis costs one timeout and not one per request.
/// </summary>
public sealed partial class RedisLink(IOptions<RedisOptions> options, TimeProvider time, ILogger<RedisLink> log)
    : IDisposable
{
    readonly Lock _lock = new();
    readonly ConcurrentDictionary<string, Action<string>> _heard = new(StringComparer.Ordinal);
    Task<ConnectionMultiplexer>? _connecting;
    long _pausedUntil;

    /// <summary>Runs one command.</summary>
    /// <exception cref="RedisDownException">No answer in time, no connection, or the pause after one of these.</exception>
    public async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken ct)
    {
        if (options.Value.Endpoint.Length == 0)
            throw new RedisDownException("no Redis is configured");
        if (time.GetUtcNow().UtcTicks < Volatile.Read(ref _pausedUntil))
            throw new RedisDownException("Redis failed a moment ago");
        try
        {
            var redis = await ConnectedAsync().WaitAsync(options.Value.Timeout, time, ct);
            return await command(redis.GetDatabase()).WaitAsync(options.Value.Timeout, time, ct);
        }
        catch (Exception e)
            when (e is TimeoutException or RedisConnectionException or ObjectDisposedException || IsUnfit(e))
        {
            Pause(e);
            throw new RedisDownException("Redis does not answer", e);
        }
    }

    /// <summary>Has a channel's messages handed over, from soon on; only the first call for the channel counts. The library listens
    /// again after a loss of the connection; what is said meanwhile is not heard.</summary>
    public void Listen(string channel, Action<string> hear)
    {
        if (options.Value.Endpoint.Length == 0 || !_heard.TryAdd(channel, hear))
            return;
        _ = ListenAsync(channel, hear);
    }

    async Task ListenAsync(string channel, Action<string> hear)
    {
        try
        {
            var redis = await ConnectedAsync().WaitAsync(options.Value.Timeout, time, CancellationToken.None);
            await redis.GetSubscriber().SubscribeAsync(channel, (_, text) => hear(text!));
        }
        catch (Exception e) when (e is TimeoutException or RedisException or ObjectDisposedException)
        {
            _heard.TryRemove(channel, out _); // the next call tries again
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ = _connecting?.ContinueWith(
                static done => done.GetAwaiter().GetResult().Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default
            );
            _connecting = null;
        }
    }

    // One attempt at a time; the multiplexer reconnects by itself once it exists, so only a failed start is repeated.
    Task<ConnectionMultiplexer> ConnectedAsync()
    {
        lock (_lock)
        {
            if (_connecting is null or { IsFaulted: true } or { IsCanceled: true })
                _connecting = ConnectAsync();
            return _connecting;
        }
    }

    async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var configuration = ConfigurationOptions.Parse(options.Value.Endpoint);
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = (int)options.Value.Timeout.TotalMilliseconds;
        return await ConnectionMultiplexer.ConnectAsync(configuration);
    }

    /// <summary>The server answers, but cannot serve: it loads its data, has no memory left, is a replica or runs another script.</summary>
    static bool IsUnfit(Exception e) =>
        e is RedisServerException { Message: var words }
        && words.Split(' ')[0] is ("LOADING" or "OOM" or "READONLY" or "MASTERDOWN" or "CLUSTERDOWN" or "BUSY");

    void Pause(Exception reason)
    {
        var until = time.GetUtcNow() + options.Value.Pause;
        Volatile.Write(ref _pausedUntil, until.UtcTicks);
        RedisPaused(log, options.Value.Pause, reason.Message);
    }

    [LoggerMessage(LogLevel.Warning, "Redis does not answer; working without it for {Pause}: {Reason}")]
    static partial void RedisPaused(ILogger log, TimeSpan pause, string reason);
}
