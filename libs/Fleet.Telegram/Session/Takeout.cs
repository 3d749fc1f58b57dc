using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>The takeout of one account: a session in which Telegram floods less. At most one at a time; what is read while it
/// is on is read in it. An ended one is begun anew once.</summary>
/// <remarks>https://core.telegram.org/api/takeout</remarks>
sealed class Takeout(HomeLink home) : IDisposable
{
    /// <summary>4000 MiB: the largest file there is.</summary>
    const long FileMaxBytes = 4000L << 20;

    readonly SemaphoreSlim _gate = new(1, 1);
    long _id;
    bool _begun;
    bool _restarted;

    /// <summary>Null outside of a takeout.</summary>
    public long? Id => Volatile.Read(ref _begun) ? Volatile.Read(ref _id) : null;

    /// <summary>Bots read chats by other rules.</summary>
    public bool IsBot => home.IsBot;

    /// <summary>Begins one, unless one is on.</summary>
    /// <exception cref="TakeoutException">takeout_delayed.</exception>
    public async Task BeginAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (!_begun)
                await InitNeedsGateAsync(ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Begins another in place of one that Telegram ended, unless that has happened.</summary>
    /// <param name="stale">The ended one.</param>
    /// <param name="cause">How it showed.</param>
    /// <exception cref="TakeoutException">takeout_refused: this one was begun in place of another already.</exception>
    public async Task RestartAsync(long stale, Exception cause, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_id != stale)
                return;
            if (_restarted || !_begun)
                throw new TakeoutException(
                    TakeoutErrors.Refused,
                    "Telegram ended the takeout, and the one begun in its place too.",
                    TimeSpan.Zero,
                    cause
                );
            _restarted = true;
            await InitNeedsGateAsync(ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends it; nothing when none is on. One that Telegram ended itself counts as ended.</summary>
    public async Task FinishAsync(bool success, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (!_begun)
                return;
            _begun = false;
            _restarted = false;
            await home.CallAsync(new AccountFinishTakeoutSession { Success = success }, _id, ct);
        }
        catch (RpcException e) when (e.Recovery == Recovery.RestartTakeout)
        {
            // It is over, which was wanted.
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Calls a method that reads the account's chats, in the takeout when there is one.</summary>
    public async Task<T> CallAsync<T>(TlMethod<T> method, CancellationToken ct)
    {
        while (true)
        {
            var id = Id;
            try
            {
                return await home.CallAsync(method, id, ct);
            }
            catch (RpcException e) when (id is { } stale && e.Recovery == Recovery.RestartTakeout)
            {
                await RestartAsync(stale, e, ct);
            }
        }
    }

    public void Dispose() => _gate.Dispose();

    async Task InitNeedsGateAsync(CancellationToken ct)
    {
        try
        {
            var init = new AccountInitTakeoutSession
            {
                MessageUsers = true,
                MessageChats = true,
                MessageMegagroups = true,
                MessageChannels = true,
                Files = true,
                FileMaxSize = FileMaxBytes,
            };
            var begun = await home.CallAsync(init, ct);
            Volatile.Write(ref _id, begun.Id);
            Volatile.Write(ref _begun, true);
        }
        catch (FloodException e) when (e.InnerException is RpcException told && told.Is("TAKEOUT_INIT_DELAY"))
        {
            throw new TakeoutException(
                TakeoutErrors.Delayed,
                $"Telegram lets the account begin a takeout in {told.Wait.TotalSeconds:0} s, or once its owner allows it in an app.",
                told.Wait,
                e
            );
        }
    }
}
