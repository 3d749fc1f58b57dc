using Fleet.Tl;

namespace Fleet.MtProto;

/// <summary>One encrypted connection to one data centre. It never reconnects: when it ends, every pending call fails
/// and <see cref="Completion"/> says why. Safe for use by several threads at once.</summary>
public sealed class MtConnection : IAsyncDisposable
{
    MtConnection(ConnectionOptions options) => AuthKey = options.AuthKey!;

    /// <summary>The key in use; the one made while connecting if the options had none.</summary>
    public AuthKey AuthKey { get; }

    /// <summary>The newest salt the server gave, to be stored beside the key.</summary>
    public long ServerSalt { get; }

    /// <summary>Server time minus ours, as far as the server has told.</summary>
    public TimeSpan TimeOffset { get; }

    /// <summary>Completes when the connection has ended, with the reason; null after <see cref="DisposeAsync"/>. Never
    /// faults.</summary>
    public Task<ConnectionLostException?> Completion { get; } = Task.FromResult<ConnectionLostException?>(null);

    /// <summary>Connects and, if the options have no auth key, makes one.</summary>
    /// <exception cref="ConnectionLostException">No connection within the deadline, or it ended.</exception>
    /// <exception cref="KeyExchangeException">No key could be made.</exception>
    public static Task<MtConnection> ConnectAsync(ConnectionOptions options, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        throw new NotSupportedException($"Not yet: {options.Address}");
    }

    /// <summary>Calls a method and reads its answer.</summary>
    /// <exception cref="RpcException">The server answered with an error.</exception>
    /// <exception cref="ConnectionLostException">The connection ended first.</exception>
    /// <exception cref="CallTimeoutException">No answer within the deadline.</exception>
    public Task<TResult> CallAsync<TResult>(TlMethod<TResult> method, CancellationToken ct) =>
        CallAsync<TResult>(method, method, ct);

    /// <summary>Calls <paramref name="query"/>, which wraps <paramref name="method"/> (such as invokeWithTakeout), and
    /// reads the answer of the method inside.</summary>
    public Task<TResult> CallAsync<TResult>(TlObject query, TlMethod<TResult> method, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        throw new NotSupportedException($"Not yet: {query} {method}");
    }

    /// <summary>Calls a method and hands its answer to <paramref name="sink"/>, allocating nothing.</summary>
    /// <returns>What the sink returned. Await it once.</returns>
    public ValueTask<int> CallAsync(TlObject method, IReplySink sink, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        throw new NotSupportedException($"Not yet: {method} {sink}");
    }

    /// <summary>Closes the connection; pending calls fail with <see cref="ConnectionLostException"/>.</summary>
    public ValueTask DisposeAsync() => default;
}
