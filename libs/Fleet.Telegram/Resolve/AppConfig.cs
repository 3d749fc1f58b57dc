using Fleet.MtProto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>What Telegram tells clients to do and not to do. Asked for when it is first needed, and again after an hour.</summary>
/// <remarks>https://core.telegram.org/api/config#client-configuration</remarks>
sealed class AppConfig(HomeLink home, TimeProvider time)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    readonly Lock _lock = new();
    DateTimeOffset _until = DateTimeOffset.MinValue;
    bool _ignore;
    int _hash;

    /// <summary>video_ignore_alt_documents: a video is to be taken as if it had no other qualities.</summary>
    public async Task<bool> IgnoresAltDocumentsAsync(CancellationToken ct)
    {
        int hash;
        lock (_lock)
        {
            if (time.GetUtcNow() < _until)
                return _ignore;
            hash = _hash;
        }
        var fresh = await AskOrNullAsync(hash, ct);
        lock (_lock)
        {
            _until = time.GetUtcNow() + Lifetime;
            if (fresh is { Config: JsonObject values })
            {
                _hash = fresh.Hash;
                _ignore = values.Value.Any(v =>
                    v is JsonObjectValue { Key: "video_ignore_alt_documents", Value: JsonBool { Value: true } }
                );
            }
            return _ignore;
        }
    }

    /// <summary>Null when nothing changed, and when the account may not ask or must wait: what was known holds, and no link is
    /// refused for it.</summary>
    async Task<HelpAppConfig?> AskOrNullAsync(int hash, CancellationToken ct)
    {
        try
        {
            return await home.CallAsync(new HelpGetAppConfig { Hash = hash }, ct) as HelpAppConfig;
        }
        catch (Exception e) when (e is RpcException or FloodException)
        {
            return null;
        }
    }
}
