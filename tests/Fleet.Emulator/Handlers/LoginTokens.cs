using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fleet.Emulator.Layers;
using Fleet.Emulator.Wire;
using Fleet.Emulator.Worlds;
using Fleet.Tl;
using Fleet.Tl.Api;

namespace Fleet.Emulator.Handlers;

/// <summary>Login tokens that QR codes carry: made for a key that nobody is logged in with, accepted by an account elsewhere,
/// good for half a minute.</summary>
/// <remarks>https://core.telegram.org/api/qr-login</remarks>
sealed class LoginTokens(TimeProvider time)
{
    const int MaxWaiting = 10_000;
    const int TokenBytes = 32;
    static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<string, LoginToken> _tokens = new(StringComparer.Ordinal);

    /// <summary>The token of a key that was accepted; null when there is none.</summary>
    public LoginToken? AcceptedOrNull(AuthKeyState key) =>
        _tokens.Values.FirstOrDefault(t => t.Key == key && t.Account is not null && t.Until >= time.GetUtcNow());

    /// <summary>A new token in place of the key's former ones.</summary>
    public LoginToken Make(Call call)
    {
        var now = time.GetUtcNow();
        foreach (var (text, old) in _tokens.Where(t => t.Value.Key == call.Key || t.Value.Until < now))
            _tokens.TryRemove(text, out _);
        if (_tokens.Count >= MaxWaiting)
            throw new RpcException(420, "FLOOD_WAIT_60");
        var token = new LoginToken(RandomNumberGenerator.GetBytes(TokenBytes), call.Key, now + Lifetime)
        {
            Wake = () => Wake(call),
        };
        _tokens[Convert.ToHexString(token.Bytes)] = token;
        return token;
    }

    /// <summary>An account takes a token: the client that shows it is told, and may log in.</summary>
    public void Accept(EmulatedAccount account, byte[] bytes)
    {
        var token = Find(bytes);
        if (!token.TryAccept(account))
            throw new RpcException(400, "AUTH_TOKEN_ALREADY_ACCEPTED");
        token.Wake();
    }

    /// <summary>The token that was accepted.</summary>
    public LoginToken FindAccepted(byte[] bytes) =>
        Find(bytes) is { Account: not null } token ? token : throw new RpcException(400, "AUTH_TOKEN_INVALID");

    /// <summary>The login is done.</summary>
    public void Forget(LoginToken token) => _tokens.TryRemove(Convert.ToHexString(token.Bytes), out _);

    LoginToken Find(byte[] bytes)
    {
        if (!_tokens.TryGetValue(Convert.ToHexString(bytes), out var token))
            throw new RpcException(400, "AUTH_TOKEN_INVALID");
        return token.Until >= time.GetUtcNow() ? token : throw new RpcException(400, "AUTH_TOKEN_EXPIRED");
    }

    static void Wake(Call call)
    {
        using var writer = new TlWriter(64);
        var update = new UpdateShort { Update = new UpdateLoginToken(), Date = call.UnixNow };
        LayerMapping.Write(writer, update, call.Key.Layer);
        var message = new SmallMessage(call.Session, writer.WrittenSpan.ToArray()) { IsAnswer = false };
        _ = call.Connection.PushAsync(message);
    }
}

/// <summary>One token.</summary>
sealed class LoginToken(byte[] bytes, AuthKeyState key, DateTimeOffset until)
{
    EmulatedAccount? _account;

    public byte[] Bytes => bytes;

    /// <summary>Who shows it.</summary>
    public AuthKeyState Key => key;

    public DateTimeOffset Until => until;

    /// <summary>Who accepted it; null while nobody did.</summary>
    public EmulatedAccount? Account => _account;

    /// <summary>Tells the client that shows it.</summary>
    public required Action Wake { get; init; }

    /// <summary>False when somebody was faster.</summary>
    public bool TryAccept(EmulatedAccount account) => Interlocked.CompareExchange(ref _account, account, null) is null;
}
