using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Sessions;

/// <summary>Everything secret about one account. Exists in clear only inside the broker and the command line.</summary>
public sealed record AccountRecord
{
    /// <summary>Data centre of the main session.</summary>
    public required int HomeDc { get; init; }

    /// <summary>Auth key of the home data centre, 256 bytes.</summary>
    public required byte[] AuthKey { get; init; }

    /// <summary>Last known salt of the home data centre; a stale one costs a round trip.</summary>
    public long ServerSalt { get; init; }

    /// <summary>Telegram's id of the user or bot.</summary>
    public required long UserId { get; init; }

    /// <summary>True for a bot: it cannot read public channels by link.</summary>
    public bool IsBot { get; init; }

    /// <summary>True while the user has Telegram Premium: more connections, larger window.</summary>
    public bool IsPremium { get; init; }

    /// <summary>api_id of the application the account logged in with.</summary>
    public required int ApiId { get; init; }

    /// <summary>api_hash of that application.</summary>
    public required string ApiHash { get; init; }

    /// <summary>Phone number in international form, digits only; null for a bot.</summary>
    public string? Phone { get; init; }

    /// <summary>What the account's list of devices shows; null: as the broker is configured.</summary>
    public string? DeviceModel { get; init; }

    /// <summary>The version shown beside it; null: as the broker is configured.</summary>
    public string? AppVersion { get; init; }

    /// <summary>The proxy of its connections, secrets included, in the words of the configuration; null: as the broker is
    /// configured.</summary>
    public string? Proxy { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"AccountRecord {{ HomeDc = {HomeDc}, IsBot = {IsBot} }}";
}

/// <summary>An authorised key of one account in a data centre other than its home.</summary>
public sealed record DcKeyRecord
{
    /// <summary>The data centre.</summary>
    public required int Dc { get; init; }

    /// <summary>Auth key, 256 bytes.</summary>
    public required byte[] AuthKey { get; init; }

    /// <summary>Last known salt.</summary>
    public long ServerSalt { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"DcKeyRecord {{ Dc = {Dc} }}";
}

/// <summary>Seals and opens the typed records.</summary>
public static class SessionRecords
{
    const string AccountPurpose = "account";

    /// <summary>Seals an account.</summary>
    public static SealedRecord Seal(this SessionSealer sealer, string account, AccountRecord record) =>
        sealer.Seal(
            JsonSerializer.SerializeToUtf8Bytes(record, SessionJson.Default.AccountRecord),
            account,
            AccountPurpose
        );

    /// <summary>Seals a key of one data centre.</summary>
    public static SealedRecord Seal(this SessionSealer sealer, string account, DcKeyRecord record) =>
        sealer.Seal(
            JsonSerializer.SerializeToUtf8Bytes(record, SessionJson.Default.DcKeyRecord),
            account,
            DcPurpose(record.Dc)
        );

    /// <summary>Opens an account.</summary>
    /// <exception cref="SealException">See <see cref="SessionSealer.Open"/>.</exception>
    public static AccountRecord OpenAccount(this SessionSealer sealer, string account, SealedRecord record) =>
        Read(sealer.Open(record, account, AccountPurpose), SessionJson.Default.AccountRecord);

    /// <summary>Opens a key of one data centre.</summary>
    /// <exception cref="SealException">See <see cref="SessionSealer.Open"/>.</exception>
    public static DcKeyRecord OpenDcKey(this SessionSealer sealer, string account, int dc, SealedRecord record) =>
        Read(sealer.Open(record, account, DcPurpose(dc)), SessionJson.Default.DcKeyRecord);

    static string DcPurpose(int dc) => $"dc-key-{dc}";

    static T Read<T>(byte[] json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new SealException(SealError.Malformed, "a sealed record is empty");
        }
        catch (JsonException)
        {
            // The inner exception would quote the secret it could not read.
            throw new SealException(SealError.Malformed, $"a sealed record is not a {typeof(T).Name}");
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AccountRecord))]
[JsonSerializable(typeof(DcKeyRecord))]
sealed partial class SessionJson : JsonSerializerContext;
