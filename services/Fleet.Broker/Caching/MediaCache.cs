using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fleet.Hosting;
using Fleet.Sessions;
using StackExchange.Redis;

namespace Fleet.Broker.Caching;

/// <summary>What is known of a link: its items, or the permanent error it ends in.</summary>
sealed record CachedLink
{
    /// <summary>The items; null when the link has none.</summary>
    public ResolveResponse? Found { get; init; }

    /// <summary>An entry of <see cref="BrokerCodes"/>; null when there are items.</summary>
    public string? Code { get; init; }

    /// <summary>What it means this time, for people; null when there are items.</summary>
    public string? Detail { get; init; }

    /// <summary>A link that ends in an error.</summary>
    public static CachedLink Of(BrokerException error) => new() { Code = error.Code, Detail = error.Detail };
}

/// <summary>Where a file is, for one account.</summary>
sealed record CachedLocation(LeaseLocation Location, int Dc);

/// <summary>
/// What resolving taught, in Redis. Links are shared by all accounts; locations belong to one. Without Redis every
/// answer is a miss.
/// </summary>
sealed class MediaCache(RedisLink redis)
{
    /// <summary>Rises when an older entry would be read as something it is not: 3 knows albums.</summary>
    const int Version = 3;

    static readonly TimeSpan FoundTtl = TimeSpan.FromHours(6);
    static readonly TimeSpan NegativeTtl = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LocationTtl = TimeSpan.FromMinutes(30);
    static readonly TimeSpan ReaderTtl = TimeSpan.FromDays(1);

    /// <summary>What is known of a link, by its canonical form.</summary>
    public Task<CachedLink?> FindLinkAsync(string link, CancellationToken ct) =>
        GetAsync(LinkKey(link), CacheJson.Default.CachedLink, ct);

    /// <summary>Remembers a link; an error for a minute only.</summary>
    public Task SaveLinkAsync(string link, CachedLink value, CancellationToken ct) =>
        SetAsync(
            LinkKey(link),
            JsonSerializer.Serialize(value, CacheJson.Default.CachedLink),
            value.Code is null ? FoundTtl : NegativeTtl,
            ct
        );

    /// <summary>Where a file is for an account.</summary>
    public Task<CachedLocation?> FindLocationAsync(
        string account,
        long document,
        PictureRef? picture,
        CancellationToken ct
    ) => GetAsync(LocationKey(account, document, picture), CacheJson.Default.CachedLocation, ct);

    /// <summary>Remembers where a file is for an account.</summary>
    public Task SaveLocationAsync(string account, CachedLocation value, CancellationToken ct) =>
        SetAsync(
            LocationKey(account, value.Location.DocumentId, value.Location.Picture),
            JsonSerializer.Serialize(value, CacheJson.Default.CachedLocation),
            LocationTtl,
            ct
        );

    /// <summary>The account that last read a chat.</summary>
    public async Task<string?> FindReaderAsync(string chat, CancellationToken ct) =>
        await TryAsync(db => db.StringGetAsync(ReaderKey(chat)), ct);

    /// <summary>Remembers who read a chat.</summary>
    public Task SaveReaderAsync(string chat, string account, CancellationToken ct) =>
        SetAsync(ReaderKey(chat), account, ReaderTtl, ct);

    async Task<T?> GetAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        var text = (string?)await TryAsync(db => db.StringGetAsync(key), ct);
        if (text is null)
            return null;
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException)
        {
            return null; // written by another version
        }
    }

    Task SetAsync(string key, string value, TimeSpan life, CancellationToken ct) =>
        TryAsync(db => db.StringSetAsync(key, value, life), ct);

    async Task<T?> TryAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken ct)
    {
        try
        {
            return await redis.RunAsync(command, ct);
        }
        catch (RedisDownException)
        {
            return default;
        }
    }

    // Hashed, because an invitation's link lets anyone join.
    static string LinkKey(string link) =>
        $"fleet:link:{Version}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(link)))}";

    static string LocationKey(string account, long document, PictureRef? picture) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"fleet:location:{Version}:{account}:{document}:{picture?.Of}:{picture?.SizeType}"
        );

    static string ReaderKey(string chat) => $"fleet:reader:{chat}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CachedLink))]
[JsonSerializable(typeof(CachedLocation))]
sealed partial class CacheJson : JsonSerializerContext;
