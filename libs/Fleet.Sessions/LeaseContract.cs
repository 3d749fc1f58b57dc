namespace Fleet.Sessions;

/// <summary>POST /internal/v1/leases: an account, and the key of one data centre, to read one file.</summary>
public sealed record LeaseRequest
{
    /// <summary>The document or photo to read.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Which picture of it; null for a document itself.</summary>
    public PictureRef? Picture { get; init; }

    /// <summary>The message that holds it.</summary>
    public required OriginRef Origin { get; init; }

    /// <summary>Data centre to read from: the one resolve named, or X after FILE_MIGRATE_X.</summary>
    public required int Dc { get; init; }

    /// <summary>Bytes still to read; 0 when unknown.</summary>
    public required long Bytes { get; init; }

    /// <summary>Why: an entry of <see cref="LeasePurpose"/>.</summary>
    public string Purpose { get; init; } = LeasePurpose.Download;

    /// <summary>Accounts not to give, because they just failed for this document. At most 64.</summary>
    public string[] ExcludeAccounts { get; init; } = [];

    /// <summary>How long to wait in line while every account is busy, in milliseconds, 0 to 20000. 0 for <see cref="LeasePriority.Spare"/>.</summary>
    public int WaitMs { get; init; }

    /// <summary>Whose job it is, at most 64 characters: tenants are served in turn.</summary>
    public string? Tenant { get; init; }

    /// <summary>An entry of <see cref="LeasePriority"/>; null: interactive.</summary>
    public string? Priority { get; init; }
}

/// <summary>Who goes first when several wait.</summary>
public static class LeasePriority
{
    /// <summary>A person waits for it.</summary>
    public const string Interactive = "interactive";

    /// <summary>It waits behind everything interactive.</summary>
    public const string Bulk = "bulk";

    /// <summary>One more account for a file that is being read already: granted at once, on an account that nobody uses and while
    /// nobody waits, or refused with no_capacity. Never waits.</summary>
    public const string Spare = "spare";
}

/// <summary>What a lease is for (open list).</summary>
public static class LeasePurpose
{
    /// <summary>Reading a whole file.</summary>
    public const string Download = "download";
}

/// <summary>A granted lease. The holder stops using the key at <see cref="ExpiresAt"/> at the latest.</summary>
public sealed record LeaseGrant
{
    /// <summary>Opaque id of the lease.</summary>
    public required string LeaseId { get; init; }

    /// <summary>Opaque name of the account, to report and to exclude it.</summary>
    public required string Account { get; init; }

    /// <summary>Rises with every grant; a lower one than the broker knows is refused (stale_fence).</summary>
    public required long Fence { get; init; }

    /// <summary>Renew before this time, every 10 s.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Data centre of the key and the addresses.</summary>
    public required int Dc { get; init; }

    /// <summary>Where to connect, best first; media-only addresses where the data centre has them.</summary>
    public required LeaseAddress[] Addresses { get; init; }

    /// <summary>Auth key of the data centre, 256 bytes, base64 in JSON.</summary>
    public required byte[] AuthKey { get; init; }

    /// <summary>Last known salt for that key.</summary>
    public required long ServerSalt { get; init; }

    /// <summary>The document as this account sees it.</summary>
    public required LeaseLocation Location { get; init; }

    /// <summary>Connections that may be open at once with this lease.</summary>
    public required int Connections { get; init; }

    /// <summary>Bytes that may be asked for and not yet received, over all connections.</summary>
    public required int WindowBytes { get; init; }

    /// <summary>How to introduce the client (initConnection).</summary>
    public required LeaseClient Client { get; init; }

    /// <summary>How messages are framed, in the words of the configuration; null: as by default.</summary>
    public string? Transport { get; init; }

    /// <summary>The proxy to connect through, as configured, secrets included; null for none.</summary>
    public string? Proxy { get; init; }

    /// <summary>The account may be redirected to a CDN: a user's may, a bot's may not. False from brokers that do not know.</summary>
    public bool CdnSupported { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() =>
        $"LeaseGrant {{ LeaseId = {LeaseId}, Account = {Account}, Fence = {Fence}, Dc = {Dc} }}";
}

/// <summary>An address of a data centre.</summary>
public sealed record LeaseAddress(string Host, int Port, bool MediaOnly, bool Obfuscated = false);

/// <summary>Access to one file; valid for one account, and the reference only for a while.</summary>
public sealed record LeaseLocation
{
    /// <summary>Id of the document or photo.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Which picture of it; null for a document itself.</summary>
    public PictureRef? Picture { get; init; }

    /// <summary>Access hash for this account.</summary>
    public required long AccessHash { get; init; }

    /// <summary>File reference, base64 in JSON; renewed by POST …/location.</summary>
    public required byte[] FileReference { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"LeaseLocation {{ DocumentId = {DocumentId} }}";
}

/// <summary>initConnection parameters of the account.</summary>
public sealed record LeaseClient
{
    /// <summary>api_id the account logged in with.</summary>
    public required int ApiId { get; init; }

    /// <summary>Device model.</summary>
    public required string DeviceModel { get; init; }

    /// <summary>Operating system and version.</summary>
    public required string SystemVersion { get; init; }

    /// <summary>Version of the application.</summary>
    public required string AppVersion { get; init; }

    /// <summary>Language code, ISO 639-1.</summary>
    public required string LangCode { get; init; }
}

/// <summary>POST /internal/v1/leases/{id}/renew: still in use, and this is how it goes.</summary>
public sealed record RenewRequest
{
    /// <summary>Fence of the grant.</summary>
    public required long Fence { get; init; }

    /// <summary>What happened since the last report. At most 64 entries.</summary>
    public LeaseOutcome[] Outcomes { get; init; } = [];
}

/// <summary>Calls that ended the same way.</summary>
public sealed record LeaseOutcome
{
    /// <summary>An entry of <see cref="OutcomeKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>How many calls, 1 or more.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The wait Telegram asked for, in seconds, 0 to 1209600 (14 days); the largest of the batch.</summary>
    public int? Seconds { get; init; }
}

/// <summary>How calls end (open list; unknown kinds are ignored).</summary>
public static class OutcomeKind
{
    /// <summary>Parts received.</summary>
    public const string Ok = "ok";

    /// <summary>FLOOD_WAIT_X: the account may not read from this data centre for X seconds.</summary>
    public const string FloodWait = "flood_wait";

    /// <summary>FLOOD_PREMIUM_WAIT_X: the account is slowed down.</summary>
    public const string PremiumWait = "premium_wait";

    /// <summary>AUTH_KEY_UNREGISTERED, or transport error -404: the key of this data centre is no longer good.</summary>
    public const string KeyRejected = "key_rejected";
}

/// <summary>Answer of renew.</summary>
public sealed record RenewResponse
{
    /// <summary>The new end of the lease.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Connections that may be open from now on: the account's are shared by all its leases in the data centre. 0: as granted.</summary>
    public int Connections { get; init; }

    /// <summary>Bytes that may be asked for and not yet received from now on; 0: as granted.</summary>
    public int WindowBytes { get; init; }

    /// <summary>The account must not read from this data centre for so many milliseconds, as another holder was told; 0: it may.</summary>
    public long WaitMs { get; init; }

    /// <summary>Others wait for a lease in this data centre, or share the account: whoever can do without gives the lease back.</summary>
    public bool Wanted { get; init; }
}

/// <summary>POST /internal/v1/leases/{id}/location: the file reference expired.</summary>
public sealed record LocationRequest
{
    /// <summary>Fence of the grant.</summary>
    public required long Fence { get; init; }

    /// <summary>The document or photo that was leased.</summary>
    public required long DocumentId { get; init; }

    /// <summary>Which picture of it; null for a document itself.</summary>
    public PictureRef? Picture { get; init; }

    /// <summary>The message that holds it. The broker keeps no lease on disk, so the holder says what it reads.</summary>
    public required OriginRef Origin { get; init; }
}

/// <summary>A fresh location of the same file.</summary>
public sealed record LocationResponse
{
    /// <summary>The location.</summary>
    public required LeaseLocation Location { get; init; }

    /// <summary>The data centre the message names now; when it is not the lease's, release and lease again.</summary>
    public required int Dc { get; init; }
}
