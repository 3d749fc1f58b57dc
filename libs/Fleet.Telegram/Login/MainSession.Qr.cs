using System.Buffers.Binary;
using System.Buffers.Text;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

public sealed partial class MainSession
{
    const int MaxQrMoves = 3;

    /// <summary>Longest life that a server's token is believed to have.</summary>
    static readonly TimeSpan LongestToken = TimeSpan.FromMinutes(2);

    /// <summary>Logs in by a link that an app of the account, logged in already, takes from a QR code.</summary>
    /// <param name="show">Is given the link, and a new one each time that the last ran out, after about 30 s.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="LoginException">password_needed: go on with <see cref="CheckPasswordAsync"/>; api_id_invalid.</exception>
    /// <remarks>https://core.telegram.org/api/qr-login</remarks>
    public Task SignInByQrAsync(Action<string> show, CancellationToken ct) =>
        LoginErrorMap.RunAsync(async () =>
        {
            var accepted = NewSignal();
            _home.OnUpdate = update =>
            {
                if (IsLoginToken(update))
                    Volatile.Read(ref accepted).TrySetResult();
            };
            while (true)
            {
                var answer = await _home.CallAsync(
                    new AuthExportLoginToken
                    {
                        ApiId = _options.Client.ApiId,
                        ApiHash = _options.ApiHash,
                        ExceptIds = [],
                    },
                    ct
                );
                answer = await FollowAsync(answer, ct);
                if (answer is AuthLoginTokenSuccess { Authorization: var authorization })
                    return Accept(authorization);
                if (answer is not AuthLoginToken token)
                    throw new LoginException(LoginErrors.Unsupported, "Telegram moves the login to and fro.");
                show("tg://login?token=" + Base64Url.EncodeToString(token.Token));
                await WaitAsync(Volatile.Read(ref accepted), token.Expires, ct);
                Volatile.Write(ref accepted, NewSignal());
            }
        });

    /// <summary>The account lives in another data centre: the accepted token is good there.</summary>
    async Task<AuthLoginTokenBase> FollowAsync(AuthLoginTokenBase answer, CancellationToken ct)
    {
        for (var moves = 0; answer is AuthLoginTokenMigrateTo to && moves < MaxQrMoves; moves++)
        {
            await _home.MoveAsync(to.DcId, ct);
            answer = await _home.CallAsync(new AuthImportLoginToken { Token = to.Token }, ct);
        }
        return answer;
    }

    /// <summary>Until the token was accepted, as an update says, or ran out: then the next one tells, too.</summary>
    async Task WaitAsync(TaskCompletionSource accepted, int expires, CancellationToken ct)
    {
        var left = DateTimeOffset.FromUnixTimeSeconds(expires) - _home.ServerNow;
        var wait = TimeSpan.FromSeconds(Math.Clamp(left.TotalSeconds, 1, LongestToken.TotalSeconds));
        try
        {
            await accepted.Task.WaitAsync(wait, _time, ct);
        }
        catch (TimeoutException)
        {
            // It ran out.
        }
    }

    // updateShort 4, updateLoginToken 4; or updates 4, vector 4, count 4, updateLoginToken 4.
    static bool IsLoginToken(ReadOnlySpan<byte> update)
    {
        var at = update.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(update) == UpdateShort.TlId ? 4 : 12;
        return update.Length >= at + 4
            && BinaryPrimitives.ReadUInt32LittleEndian(update[at..]) == UpdateLoginToken.TlId;
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
