namespace Fleet.Emulator.Wire;

/// <summary>
/// Telegram allows one main connection per auth key: a second one, from a second place, ends the login with
/// 406 AUTH_KEY_DUPLICATED. Here every client sits on loopback, so places cannot be told apart and sessions are:
/// <list type="bullet">
/// <item>Only calls on the main (not media-only) address of the account's home data centre count, and of them not the
/// upload.* ones wrapped in invokeWithoutUpdates: that is what file connections are told to be. A main session may be
/// wrapped too: it then wants no updates, and is a main session all the same.</item>
/// <item>The first such call makes its session the main one for as long as its connection is open.</item>
/// <item>Such a call from another session while that connection is open ends the login: both are answered
/// AUTH_KEY_DUPLICATED from then on, and keys of other data centres that imported it are unregistered.</item>
/// <item>A session that moves to a new connection, or follows a closed one, is no duplicate.</item>
/// </list>
/// mtcute's pools pass (its file connections use the media address), two brokers that own one account do not, and neither
/// does GramJS with a file of its home data centre: its upload.* are not wrapped.
/// </summary>
sealed class MainSessionRule(bool enforced)
{
    readonly Lock _lock = new();

    /// <summary>Null when the call may go on.</summary>
    public RpcError? CheckOrNull(Connection connection, Session session, bool fileCall)
    {
        var key = session.AuthKey;
        if (!enforced || fileCall || connection.Endpoint.MediaOnly || key.Login is not { Ended: null } login)
            return null;
        if (login.Account.HomeDc != key.Dc)
            return null;
        lock (_lock)
        {
            if (
                key.Main is { } main
                && main.Session != session
                && main.Connection != connection
                && main.Connection.IsAlive
            )
            {
                connection.Server.Counters.AddDuplicateKey();
                login.Ended = new RpcError(406, "AUTH_KEY_DUPLICATED");
                connection.Server.Logins?.Save();
                return login.Ended;
            }
            key.Main = (session, connection);
            connection.MainOf = key;
            return null;
        }
    }

    public void Release(Connection connection)
    {
        lock (_lock)
        {
            if (connection.MainOf is { } key && key.Main?.Connection == connection)
                key.Main = null;
        }
    }
}
