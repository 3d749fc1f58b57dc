using Fleet.MtProto;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

public sealed partial class MainSession
{
    /// <summary>Ends the login, and with it the account's keys in other data centres. The session is of no use after it.</summary>
    /// <returns>True; false when the login had ended before.</returns>
    /// <exception cref="UnavailableException">Telegram could not be told.</exception>
    public async Task<bool> LogOutAsync(CancellationToken ct)
    {
        var ended = await EndAsync(ct);
        _user = null;
        return ended;
    }

    async Task<bool> EndAsync(CancellationToken ct)
    {
        try
        {
            await _home.CallAsync(new AuthLogOut(), ct);
            return true;
        }
        catch (LoginException e) when (e.InnerException is RpcException rpc && rpc.Is("AUTH_KEY_UNREGISTERED"))
        {
            return false; // also when the answer to the call was lost, and it was repeated
        }
    }
}
