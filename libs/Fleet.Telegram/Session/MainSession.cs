using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Microsoft.Extensions.Logging;
using PasswordAlgorithm = Fleet.Tl.Api.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow;

namespace Fleet.Telegram;

/// <summary>One account: logs in, finds the media behind links, and makes keys for other data centres. Exactly one may exist per
/// account anywhere: Telegram closes a session that is used twice. Safe for use by several threads.</summary>
public sealed partial class MainSession : IAsyncDisposable
{
    readonly MainSessionOptions _options;
    readonly TimeProvider _time;
    readonly HomeLink _home;
    readonly Takeout _takeout;
    readonly Resolver _resolver;
    SessionState? _user;

    /// <summary>Opens no connection yet.</summary>
    /// <param name="options">How to reach Telegram.</param>
    /// <param name="state">A login to go on with; null to log in anew.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where reconnections are told.</param>
    public MainSession(MainSessionOptions options, SessionState? state, TimeProvider time, ILogger log)
    {
        (_options, _time) = (options, time);
        _home = new HomeLink(options, time, log);
        _takeout = new Takeout(_home);
        _resolver = new Resolver(_takeout, new AppConfig(_home, time), options, time);
        if (state is null)
            return;
        _home.Restore(state);
        _user = state;
    }

    /// <summary>What to keep, with the newest salt; null while nobody is logged in.</summary>
    public SessionState? State =>
        _user is { } user && _home.Key is { } key
            ? user with
            {
                HomeDc = key.Dc,
                AuthKey = key.AuthKey.Export(),
                ServerSalt = key.ServerSalt,
            }
            : null;

    /// <summary>Has Telegram send a login code to the account's other devices, or by SMS.</summary>
    /// <param name="phone">International form; spaces and + may be left in.</param>
    /// <exception cref="LoginException">phone_invalid, account_banned, api_id_invalid.</exception>
    public Task<LoginCode> SendCodeAsync(string phone, CancellationToken ct) =>
        LoginErrorMap.RunAsync(async () =>
        {
            var sent = await _home.CallAsync(
                new AuthSendCode
                {
                    PhoneNumber = phone,
                    ApiId = _options.Client.ApiId,
                    ApiHash = _options.ApiHash,
                    Settings = new CodeSettings(),
                },
                ct
            );
            return sent is AuthSentCode code
                ? new LoginCode { Phone = phone, Hash = code.PhoneCodeHash }
                : throw new LoginException(LoginErrors.Unsupported, "Telegram wants another way of logging in.");
        });

    /// <summary>Enters the code.</summary>
    /// <exception cref="LoginException">code_invalid, code_expired; password_needed: go on with <see cref="CheckPasswordAsync"/>.</exception>
    public Task SignInAsync(LoginCode sent, string code, CancellationToken ct) =>
        LoginErrorMap.RunAsync(async () =>
            Accept(
                await _home.CallAsync(
                    new AuthSignIn
                    {
                        PhoneNumber = sent.Phone,
                        PhoneCodeHash = sent.Hash,
                        PhoneCode = code,
                    },
                    ct
                )
            )
        );

    /// <summary>Enters the two-step password after password_needed. It never leaves the process.</summary>
    /// <exception cref="LoginException">password_invalid, srp_unsafe.</exception>
    public Task CheckPasswordAsync(string password, CancellationToken ct) =>
        LoginErrorMap.RunAsync(async () =>
        {
            var asked = await _home.CallAsync(new AccountGetPassword(), ct);
            if (asked is not { CurrentAlgo: PasswordAlgorithm algo, SrpB: { } b, SrpId: { } id })
                throw new LoginException(LoginErrors.Unsupported, "Telegram asks for the password in an unknown way.");
            var challenge = new SrpChallenge(algo.Salt1, algo.Salt2, algo.G, algo.P, b);
            var answer = SrpPassword.Answer(challenge, password, RandomNumberGenerator.GetBytes(256));
            var proof = new InputCheckPasswordSRP
            {
                SrpId = id,
                A = answer.A,
                M1 = answer.M1,
            };
            return Accept(await _home.CallAsync(new AuthCheckPassword { Password = proof }, ct));
        });

    /// <summary>Logs a bot in.</summary>
    /// <exception cref="LoginException">bot_token_invalid.</exception>
    public Task SignInBotAsync(string token, CancellationToken ct) =>
        LoginErrorMap.RunAsync(async () =>
            Accept(
                await _home.CallAsync(
                    new AuthImportBotAuthorization
                    {
                        Flags = 0,
                        ApiId = _options.Client.ApiId,
                        ApiHash = _options.ApiHash,
                        BotAuthToken = token,
                    },
                    ct
                )
            )
        );

    /// <summary>Asks Telegram who is logged in, and refreshes the premium flag.</summary>
    /// <exception cref="LoginException">logged_out, session_duplicated, account_banned.</exception>
    public async Task<SessionState> VerifyAsync(CancellationToken ct)
    {
        var users = await _home.CallAsync(new UsersGetUsers { Id = [new InputUserSelf()] }, ct);
        if (users is not [User user])
            throw new LoginException(LoginErrors.LoggedOut, "The session is not logged in.");
        Remember(user);
        return State!;
    }

    /// <summary>Finds the media of a link: of a message or comment with its album, of a range, of a story or an album of stories.</summary>
    /// <returns>1 to 100 items, in message order, none twice.</returns>
    /// <exception cref="ResolveException">An entry of <see cref="ResolveErrors"/>; for an invitation always: it names no message.</exception>
    /// <exception cref="FloodException">Try later, or with another account.</exception>
    /// <exception cref="BudgetException">As above, before anything was sent.</exception>
    public Task<IReadOnlyList<ResolvedMedia>> ResolveAsync(TelegramLink link, CancellationToken ct) =>
        _resolver.ResolveAsync(link, ct);

    /// <summary>Joins a chat; nothing when the account is in it.</summary>
    /// <exception cref="ResolveException">source_private: it has asked to be let in, or may not join; message_not_found.</exception>
    public Task JoinAsync(InviteLink link, CancellationToken ct) => _resolver.JoinAsync(link, ct);

    /// <summary>Fetches a message again: for another account than the one that resolved it, or for a fresh file reference.</summary>
    /// <param name="origin">The message.</param>
    /// <param name="key">Its document, another quality or a picture of it, or a size of its photo.</param>
    /// <exception cref="ResolveException">As above; message_not_found also when the message holds no such file any more.</exception>
    public Task<ResolvedMedia> LocateAsync(MediaOrigin origin, MediaKey key, CancellationToken ct) =>
        _resolver.LocateAsync(origin, key, ct);

    /// <summary>The takeout that is on; null when none is.</summary>
    public long? TakeoutId => _takeout.Id;

    /// <summary>Begins a takeout for messages and files of any size, unless one is on: chats are read in it from now on, and so
    /// are the files of pools that are given its id. Finish it, whatever happens.</summary>
    /// <exception cref="TakeoutException">takeout_delayed: not before its <see cref="TakeoutException.RetryAfter"/>.</exception>
    public Task BeginTakeoutAsync(CancellationToken ct) => _takeout.BeginAsync(ct);

    /// <summary>Begins another takeout in place of one that Telegram ended, once.</summary>
    /// <param name="stale">The ended one; when another is on already, nothing happens.</param>
    /// <param name="cause">How it showed.</param>
    /// <exception cref="TakeoutException">takeout_refused, takeout_delayed.</exception>
    public Task RestartTakeoutAsync(long stale, Exception cause, CancellationToken ct) =>
        _takeout.RestartAsync(stale, cause, ct);

    /// <summary>Ends the takeout; nothing when none is on.</summary>
    /// <param name="success">False when something of what was wanted was not read.</param>
    public Task FinishTakeoutAsync(bool success, CancellationToken ct) => _takeout.FinishAsync(success, ct);

    /// <summary>Asks Telegram where its data centres listen now. The session itself stays where it is.</summary>
    /// <returns>Addresses that this engine can use, best first.</returns>
    public async Task<IReadOnlyList<DcAddress>> GetAddressesAsync(CancellationToken ct)
    {
        var config = await _home.CallAsync(new HelpGetConfig(), ct);
        return
        [
            .. config
                .DcOptions.Where(o => o is { Cdn: false, TcpoOnly: false, Ipv6: false, Secret: null })
                .Select(o => new DcAddress(o.Id, o.IpAddress, o.Port, o.MediaOnly)),
        ];
    }

    /// <summary>A key with which this account may read files in a data centre: its own key at home, elsewhere a new one with the
    /// account's authorization imported.</summary>
    /// <exception cref="RpcException">Telegram refuses, such as DC_ID_INVALID.</exception>
    /// <exception cref="UnavailableException">The data centre cannot be reached, or has no address.</exception>
    public async Task<DcKey> CreateDcKeyAsync(int dc, CancellationToken ct)
    {
        if (dc == _home.Dc && _home.Key is { } home)
            return home;
        for (var turn = 0; ; turn++)
        {
            var exported = await _home.CallAsync(new AuthExportAuthorization { DcId = dc }, ct);
            try
            {
                await using var there = await _home.ConnectAsync(dc, key: null, salt: 0, turn, ct);
                await there.CallAsync(new AuthImportAuthorization { Id = exported.Id, Bytes = exported.Bytes }, ct);
                return new DcKey(dc, there.AuthKey, there.ServerSalt);
            }
            catch (MtProtoException e) when (e.Recovery is Recovery.Reconnect or Recovery.Retry)
            {
                if (turn + 1 >= _options.CallTries)
                    throw new UnavailableException($"DC {dc} cannot be reached: {e.Message}", e);
            }
        }
    }

    /// <summary>Where a CDN data centre is, and how it proves itself.</summary>
    /// <exception cref="MediaException">cdn_unavailable: Telegram does not tell.</exception>
    /// <exception cref="FloodException">Try later, or with another account.</exception>
    public Task<CdnServer> FindCdnAsync(int dc, CancellationToken ct) => CdnLookup.FindAsync(_home, _options, dc, ct);

    /// <summary>Closes the connection; the login stays valid.</summary>
    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        _takeout.Dispose();
    }

    bool Accept(AuthAuthorizationBase answer)
    {
        if (answer is not AuthAuthorization { User: User user })
            throw new LoginException(LoginErrors.PhoneUnregistered, "The number has no account.");
        Remember(user);
        return true;
    }

    void Remember(User user)
    {
        var key = _home.Key ?? throw new InvalidOperationException("Logged in without a key.");
        _home.LoggedIn = true;
        _home.IsBot = user.Bot;
        _user = new SessionState
        {
            HomeDc = key.Dc,
            AuthKey = key.AuthKey.Export(),
            ServerSalt = key.ServerSalt,
            UserId = user.Id,
            IsBot = user.Bot,
            IsPremium = user.Premium,
        };
    }
}
