using System.Security.Cryptography;
using Fleet.Emulator.Crypto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>account.getPassword and auth.checkPassword: the two-step password by SRP.</summary>
static class PasswordMethods
{
    public static void AddTo(MethodTable table)
    {
        table.Add<AccountGetPassword>("account.getPassword", (call, _) => GetPassword(call), needsLogin: false);
        table.Add<AuthCheckPassword>("auth.checkPassword", CheckPassword, needsLogin: false);
    }

    static AccountPassword GetPassword(Call call)
    {
        var account =
            call.Key.PasswordOwed ?? call.Key.Login?.Account ?? throw new RpcException(401, "AUTH_KEY_UNREGISTERED");
        var challenge = account.Verifier?.Challenge();
        call.Key.PasswordChallenge = challenge;
        return new AccountPassword
        {
            HasPassword = challenge is not null,
            CurrentAlgo = account.Verifier is { } verifier ? Algorithm(verifier.ClientSalt, verifier.ServerSalt) : null,
            SrpB = challenge?.ServerShare,
            SrpId = challenge?.Id,
            NewAlgo = Algorithm(RandomNumberGenerator.GetBytes(8), RandomNumberGenerator.GetBytes(16)),
            NewSecureAlgo = new SecurePasswordKdfAlgoUnknown(),
            SecureRandom = RandomNumberGenerator.GetBytes(256),
        };
    }

    static Answer CheckPassword(Call call, AuthCheckPassword request)
    {
        if (call.Key.PasswordOwed is not { Verifier: { } verifier } account)
            throw new RpcException(401, "AUTH_KEY_UNREGISTERED");
        if (request.Password is not InputCheckPasswordSRP proof)
            throw new RpcException(400, "PASSWORD_HASH_INVALID");
        var challenge = call.Key.PasswordChallenge;
        call.Key.PasswordChallenge = null;
        if (challenge is null || challenge.Id != proof.SrpId)
            throw new RpcException(400, "SRP_ID_INVALID");
        if (!verifier.Check(challenge, proof.A, proof.M1))
            throw new RpcException(400, "PASSWORD_HASH_INVALID");
        return LoginMethods.LogIn(call, account);
    }

    static PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow Algorithm(byte[] salt1, byte[] salt2) =>
        new()
        {
            Salt1 = salt1,
            Salt2 = salt2,
            G = BigNumbers.Generator,
            P = BigNumbers.ToBytes(BigNumbers.Prime),
        };
}
