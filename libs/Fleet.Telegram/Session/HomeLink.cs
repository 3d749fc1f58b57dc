using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Methods;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>The one connection of an account to its home data centre: opened when needed, replaced when lost, moved when the
/// server says that the account lives elsewhere.</summary>
sealed partial class HomeLink(MainSessionOptions options, TimeProvider time, ILogger log) : IAsyncDisposable
{
    const int MaxMoves = 3;

    readonly SemaphoreSlim _gate = new(1, 1);
    readonly Random _random = new();

    /// <summary>Chance shortens it by a quarter at most: never below the second that a faulty server is to be given.</summary>
    readonly Backoff _backoff = new(TimeSpan.FromSeconds(4.0 / 3), TimeSpan.FromSeconds(16));
    readonly ConnectLimiter _limiter = new();
    MtConnection? _connection;
    AuthKey? _key;
    long _salt;
    int _losses;
    bool _disposed;

    /// <summary>Data centre of the account, as far as it is known.</summary>
    public int Dc { get; private set; } = FirstDc(options);

    /// <summary>The key and the newest salt; null before the first connection.</summary>
    public DcKey? Key => _key is { } key ? new DcKey(Dc, key, _connection?.ServerSalt ?? _salt) : null;

    /// <summary>True once the account is logged in: only then does a refused key mean that it is logged out.</summary>
    public bool LoggedIn { get; set; }

    /// <summary>Told of the home data centre's updates; null: nobody is.</summary>
    public UpdateHandler? OnUpdate { get; set; }

    /// <summary>The time as the home data centre has it.</summary>
    public DateTimeOffset ServerNow => time.GetUtcNow() + (_connection?.TimeOffset ?? TimeSpan.Zero);

    /// <summary>Bots read chats by other rules.</summary>
    public bool IsBot { get; set; }

    public void Restore(SessionState state)
    {
        Dc = state.HomeDc;
        _key = AuthKey.Import(state.AuthKey);
        _salt = state.ServerSalt;
        LoggedIn = true;
        IsBot = state.IsBot;
    }

    /// <summary>Calls a method outside of any takeout.</summary>
    public Task<T> CallAsync<T>(TlMethod<T> method, CancellationToken ct) => CallAsync(method, takeout: null, ct);

    /// <summary>Calls a method that may be repeated without harm.</summary>
    /// <param name="method">What to call.</param>
    /// <param name="takeout">The takeout to call it in; null for none.</param>
    /// <exception cref="RpcException">The server refuses the call for good.</exception>
    /// <exception cref="FloodException">It wants a longer wait than is slept through.</exception>
    /// <exception cref="LoginException">The session is not logged in, or not any more.</exception>
    /// <exception cref="UnavailableException">The server cannot be reached, or keeps failing.</exception>
    public async Task<T> CallAsync<T>(TlMethod<T> method, long? takeout, CancellationToken ct)
    {
        TlObject query = takeout is { } id ? new InvokeWithTakeout { TakeoutId = id, Query = method } : method;
        var moves = 0;
        for (var failures = 0; ; )
        {
            MtProtoException fault;
            try
            {
                var connection = await OpenAsync(ct);
                return await connection.CallAsync(query, method, ct);
            }
            catch (MtProtoException e)
            {
                fault = e;
            }
            catch (TlException e)
            {
                throw new UnavailableException("Telegram's answer cannot be read.", e);
            }
            switch (fault)
            {
                case RpcException { Recovery: Recovery.Migrate, Argument: { } dc } when ++moves <= MaxMoves:
                    await MoveAsync(dc, ct);
                    break;
                case RpcException { Recovery: Recovery.Wait } wait when wait.Wait <= options.SleepThroughMax:
                    failures = Count(failures, fault);
                    await Task.Delay(wait.Wait, time, ct);
                    break;
                case RpcException { Recovery: Recovery.Wait } wait:
                    throw new FloodException(method.GetType().Name, wait.Wait, fault);
                case { Recovery: Recovery.SignIn }:
                    throw LoggedOut(fault);
                case { Recovery: Recovery.NewAuthKey } when LoggedIn:
                    throw LoggedOut(fault);
                case { Recovery: Recovery.Retry or Recovery.Reconnect or Recovery.ReloadConfig or Recovery.NewAuthKey }:
                    failures = Count(failures, fault);
                    await Task.Delay(_backoff.After(failures, _random.NextDouble()), time, ct);
                    break;
                default:
                    throw fault;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _disposed = true;
            await CloseNeedsLockAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The open connection, or a new one with the same key.</summary>
    async Task<MtConnection> OpenAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(MainSession));
            if (_connection is { Completion.IsCompleted: false } open)
                return open;
            await CloseNeedsLockAsync();
            await Task.Delay(_limiter.WaitAt(time.GetUtcNow()), time, ct);
            _limiter.Connecting(time.GetUtcNow());
            var fresh = await ConnectAsync(Dc, _key, _salt, _losses, ct);
            await ConfirmAsync(fresh, ct);
            _connection = fresh;
            _key = fresh.AuthKey;
            Connected(log, Dc);
            return fresh;
        }
        catch (ConnectionLostException e)
        {
            _losses++;
            if (e is TransportErrorException)
                _limiter.Refused(time.GetUtcNow());
            if (e.Recovery == Recovery.NewAuthKey && !LoggedIn)
                _key = null;
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task ConfirmAsync(MtConnection fresh, CancellationToken ct)
    {
        if (options.Confirm is not { } confirm)
            return;
        try
        {
            await confirm(ct);
        }
        catch
        {
            await fresh.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection to a data centre's main address; makes a key when there is none.</summary>
    /// <param name="turn">Which address to try, counted over failures.</param>
    public async Task<MtConnection> ConnectAsync(int dc, AuthKey? key, long salt, int turn, CancellationToken ct)
    {
        var addresses = options.MainAddresses(dc);
        if (addresses.Count == 0)
            addresses = options.MediaAddresses(dc);
        if (addresses.Count == 0)
            throw new UnavailableException($"No address of DC {dc} is configured.");
        return await MtConnection.ConnectAsync(
            new ConnectionOptions
            {
                Address = addresses[turn % addresses.Count],
                Client = options.Client,
                ServerKeys = options.ServerKeys,
                Transport = options.Transport,
                Proxy = options.Proxy,
                AuthKey = key,
                ServerSalt = salt,
                WithoutUpdates = dc != Dc || options.WithoutUpdates, // only the one at home is the account's main session
                ServerCloses = dc == Dc ? options.ServerCloses : null,
                OnUpdate = dc == Dc ? OnUpdate : null,
                CallTimeout = options.CallTimeout,
                Time = time,
                Logger = log,
            },
            ct
        );
    }

    /// <summary>Goes to another data centre, with a new key.</summary>
    public async Task MoveAsync(int dc, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            Moved(log, Dc, dc);
            await CloseNeedsLockAsync();
            Dc = dc;
            _key = null;
            _salt = 0;
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task CloseNeedsLockAsync()
    {
        if (_connection is not { } connection)
            return;
        _salt = connection.ServerSalt;
        _connection = null;
        await connection.DisposeAsync();
    }

    int Count(int failures, MtProtoException fault)
    {
        if (++failures >= options.CallTries)
            throw new UnavailableException($"Telegram failed {failures} times, at last: {fault.Message}.", fault);
        return failures;
    }

    static LoginException LoggedOut(MtProtoException fault) =>
        fault switch
        {
            RpcException rpc when rpc.Is("AUTH_KEY_DUPLICATED") => new(
                LoginErrors.Duplicated,
                "The session was used in two places at once; Telegram closed it.",
                fault
            ),
            RpcException rpc when rpc.Type.StartsWith("USER_DEACTIVATED", StringComparison.Ordinal) => new(
                LoginErrors.Banned,
                "Telegram closed the account.",
                fault
            ),
            _ => new(LoginErrors.LoggedOut, "The session is not logged in.", fault),
        };

    static int FirstDc(MainSessionOptions options) =>
        options.Addresses.Any(a => a.Dc == options.FirstDc) || options.Addresses.Count == 0
            ? options.FirstDc
            : options.Addresses[0].Dc;

    [LoggerMessage(LogLevel.Information, "Connected to home DC {Dc}")]
    static partial void Connected(ILogger log, int dc);

    [LoggerMessage(LogLevel.Information, "The account lives in DC {ToDc}, not {FromDc}")]
    static partial void Moved(ILogger log, int fromDc, int toDc);
}
