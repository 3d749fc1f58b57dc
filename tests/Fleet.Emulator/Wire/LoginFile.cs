using System.Text.Json;
using Fleet.Emulator.Worlds;

namespace Fleet.Emulator.Wire;

/// <summary>
/// Keeps the auth keys that somebody is logged in with, so that clients' stored sessions survive a restart of the
/// emulator. Written whole after every login and logout, into a new file that then takes the old one's place.
/// </summary>
sealed class LoginFile(string path, IReadOnlyCollection<Dc> dcs, World world)
{
    readonly Lock _lock = new();

    /// <summary>Reads what an earlier run kept; keys of accounts that are not in the world are left out.</summary>
    public void Load()
    {
        if (!File.Exists(path))
            return;
        var logins = new Dictionary<Guid, Login>();
        foreach (var row in JsonSerializer.Deserialize<Row[]>(File.ReadAllText(path)) ?? [])
        {
            if (
                world.AccountOrNull(row.UserId) is not { } account
                || dcs.FirstOrDefault(d => d.Id == row.Dc) is not { } dc
            )
                continue;
            if (!logins.TryGetValue(row.Login, out var login))
                logins[row.Login] = login = new Login(account, row.Login);
            dc.Add(
                new AuthKeyState(new NewAuthKey(row.Key, row.Salt, null), row.Dc, row.Created)
                {
                    Layer = row.Layer,
                    Login = login,
                }
            );
        }
    }

    public void Save()
    {
        lock (_lock)
        {
            var rows = dcs.SelectMany(dc => dc.AuthKeys)
                .Where(key => key.Login is { Ended: null })
                .Select(key => new Row(
                    key.Dc,
                    key.Key,
                    key.InitialSalt,
                    key.Created,
                    key.Layer,
                    key.Login!.Account.UserId,
                    key.Login.Id
                ));
            PrivateFile.Write(path, JsonSerializer.Serialize(rows));
        }
    }

    sealed record Row(int Dc, byte[] Key, long Salt, DateTimeOffset Created, int Layer, long UserId, Guid Login);
}
