using System.Globalization;
using Fleet.Emulator.Wire;
using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>auth.*: login by code and by bot token, and carrying a login to other data centres.</summary>
static class LoginMethods
{
    const int CodeHashLength = 18;

    public static void AddTo(MethodTable table)
    {
        table.Add<AuthSendCode>("auth.sendCode", SendCode, needsLogin: false);
        table.Add<AuthSignIn>("auth.signIn", SignIn, needsLogin: false);
        table.Add<AuthImportBotAuthorization>("auth.importBotAuthorization", ImportBot, needsLogin: false);
        table.Add<AuthExportAuthorization>("auth.exportAuthorization", Export);
        table.Add<AuthImportAuthorization>("auth.importAuthorization", Import, needsLogin: false);
        table.Add<AuthLogOut>("auth.logOut", (call, _) => LogOut(call), needsLogin: false);
    }

    /// <summary>Ends the login step of <paramref name="account"/>: from now on the key acts for it.</summary>
    public static AuthAuthorization LogIn(Call call, EmulatedAccount account)
    {
        call.Key.PasswordOwed = null;
        call.Key.PasswordChallenge = null;
        call.Key.Login = new Login(account, Guid.NewGuid());
        call.Server.Logins?.Save();
        return new AuthAuthorization { User = Shapes.User(call.World, account, account) };
    }

    static Answer SendCode(Call call, AuthSendCode request)
    {
        CheckApplication(call, request.ApiId, request.ApiHash);
        var account = AccountOf(call, request.PhoneNumber);
        return new AuthSentCode
        {
            Type = new AuthSentCodeTypeApp { Length = account.Code!.Length },
            PhoneCodeHash = CodeHash(call.World, account),
            Timeout = 120,
        };
    }

    static Answer SignIn(Call call, AuthSignIn request)
    {
        var account = AccountOf(call, request.PhoneNumber);
        if (string.IsNullOrEmpty(request.PhoneCode))
            throw new RpcException(400, "PHONE_CODE_EMPTY");
        if (request.PhoneCodeHash != CodeHash(call.World, account))
            throw new RpcException(400, "PHONE_CODE_EXPIRED");
        if (request.PhoneCode != account.Code)
            throw new RpcException(400, "PHONE_CODE_INVALID");
        if (account.Verifier is null)
            return LogIn(call, account);
        call.Key.PasswordOwed = account;
        throw new RpcException(401, "SESSION_PASSWORD_NEEDED");
    }

    static Answer ImportBot(Call call, AuthImportBotAuthorization request)
    {
        CheckApplication(call, request.ApiId, request.ApiHash);
        var bot =
            call.World.BotByTokenOrNull(request.BotAuthToken) ?? throw new RpcException(400, "ACCESS_TOKEN_INVALID");
        CheckHome(call, bot, "USER_MIGRATE");
        return LogIn(call, bot);
    }

    static Answer Export(Call call, AuthExportAuthorization request)
    {
        if (request.DcId == call.Dc || request.DcId is < 1 or > World.DcCount)
            throw new RpcException(400, "DC_ID_INVALID");
        return new AuthExportedAuthorization
        {
            Id = call.Account.UserId,
            Bytes = call.Server.Exports.Export(call.Key.Login!, request.DcId),
        };
    }

    static Answer Import(Call call, AuthImportAuthorization request)
    {
        var login = call.Server.Exports.Import(request.Id, request.Bytes, call.Dc);
        call.Key.Login = login;
        call.Server.Logins?.Save();
        return new AuthAuthorization { User = Shapes.User(call.World, login.Account, login.Account) };
    }

    static Answer LogOut(Call call)
    {
        if (call.Key.Login is { } login)
            login.Ended = new RpcError(401, "AUTH_KEY_UNREGISTERED");
        call.Key.Login = null;
        call.Key.PasswordOwed = null;
        call.Server.Logins?.Save();
        return new AuthLoggedOut();
    }

    static EmulatedAccount AccountOf(Call call, string phone)
    {
        var account = call.World.AccountByPhoneOrNull(phone) ?? throw new RpcException(400, "PHONE_NUMBER_INVALID");
        CheckHome(call, account, "PHONE_MIGRATE");
        return account;
    }

    static void CheckHome(Call call, EmulatedAccount account, string error)
    {
        if (account.HomeDc != call.Dc)
            throw new RpcException(303, string.Create(CultureInfo.InvariantCulture, $"{error}_{account.HomeDc}"));
    }

    public static void CheckApplication(Call call, int id, string hash)
    {
        if (id != call.Server.Options.ApiId || hash != call.Server.Options.ApiHash)
            throw new RpcException(400, "API_ID_INVALID");
    }

    static string CodeHash(World world, EmulatedAccount account) => world.Seals.Text(-account.UserId, CodeHashLength);
}
