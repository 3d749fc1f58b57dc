using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>auth.*LoginToken: login by QR code.</summary>
static class QrMethods
{
    public static void AddTo(MethodTable table)
    {
        table.Add<AuthExportLoginToken>("auth.exportLoginToken", Export, needsLogin: false);
        table.Add<AuthImportLoginToken>("auth.importLoginToken", Import, needsLogin: false);
        table.Add<AuthAcceptLoginToken>("auth.acceptLoginToken", Accept, usersOnly: true);
    }

    static Answer Export(Call call, AuthExportLoginToken request)
    {
        LoginMethods.CheckApplication(call, request.ApiId, request.ApiHash);
        if (call.Server.LoginTokens.AcceptedOrNull(call.Key) is { } accepted)
            return Enter(call, accepted);
        var token = call.Server.LoginTokens.Make(call);
        return new AuthLoginToken { Expires = (int)token.Until.ToUnixTimeSeconds(), Token = token.Bytes };
    }

    static Answer Import(Call call, AuthImportLoginToken request) =>
        Enter(call, call.Server.LoginTokens.FindAccepted(request.Token));

    static Answer Accept(Call call, AuthAcceptLoginToken request)
    {
        call.Server.LoginTokens.Accept(call.Account, request.Token);
        return new Authorization
        {
            PasswordPending = call.Account.Verifier is not null,
            Hash = BitConverter.ToInt64(request.Token),
            DeviceModel = "Emulated",
            Platform = "Linux",
            SystemVersion = "1",
            ApiId = call.Server.Options.ApiId,
            AppName = "Emulated",
            AppVersion = "1",
            DateCreated = call.UnixNow,
            DateActive = call.UnixNow,
            Ip = "127.0.0.1",
            Country = "",
            Region = "",
        };
    }

    static Answer Enter(Call call, LoginToken token)
    {
        var account = token.Account!;
        if (account.HomeDc != call.Dc)
            return new AuthLoginTokenMigrateTo { DcId = account.HomeDc, Token = token.Bytes };
        call.Server.LoginTokens.Forget(token);
        if (account.Verifier is null)
            return new AuthLoginTokenSuccess { Authorization = LoginMethods.LogIn(call, account) };
        call.Key.PasswordOwed = account;
        throw new RpcException(401, "SESSION_PASSWORD_NEEDED");
    }
}
