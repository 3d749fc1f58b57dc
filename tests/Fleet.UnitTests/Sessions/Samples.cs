using System.Security.Cryptography;
using Fleet.Sessions;

namespace Fleet.UnitTests.Sessions;

static class Samples
{
    public static readonly AccountRecord Account = new()
    {
        HomeDc = 2,
        AuthKey = RandomNumberGenerator.GetBytes(256),
        ServerSalt = 77,
        UserId = 1001,
        IsPremium = true,
        ApiId = 12345,
        ApiHash = "0123456789abcdef0123456789abcdef",
        Phone = "9996621234",
    };

    public static readonly OriginRef Origin = new()
    {
        Username = "fleetdemo",
        PeerKind = "channel",
        PeerId = 1500000001,
        MessageId = 7,
    };

    public static readonly LeaseRequest Request = new()
    {
        DocumentId = 5_000_000_000_000_001,
        Origin = Origin,
        Dc = 4,
        Bytes = 1_048_576,
        ExcludeAccounts = ["a2"],
    };

    public static readonly LeaseGrant Grant = new()
    {
        LeaseId = "a1-4-2-1",
        Account = "a1",
        Fence = 12,
        ExpiresAt = new DateTimeOffset(2026, 1, 1, 0, 0, 30, TimeSpan.Zero),
        Dc = 4,
        Addresses = [new LeaseAddress("127.0.0.1", 4430, MediaOnly: true)],
        AuthKey = [1, 2, 3],
        ServerSalt = 77,
        Location = new LeaseLocation
        {
            DocumentId = 5_000_000_000_000_001,
            AccessHash = -9,
            FileReference = [4, 5],
        },
        Connections = 2,
        WindowBytes = 2_097_152,
        Client = new LeaseClient
        {
            ApiId = 12345,
            DeviceModel = "Server",
            SystemVersion = "Linux",
            AppVersion = "1.0",
            LangCode = "en",
        },
    };
}
