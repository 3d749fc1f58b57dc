using System.ComponentModel.DataAnnotations;

namespace Fleet.Telegram;

/// <summary>How files are read. The defaults suit an account without Premium.</summary>
public sealed record DownloadOptions
{
    /// <summary>Bytes asked for per upload.getFile. Fewer requests with larger ones. Default 1 MiB.</summary>
    [AllowedValues(131_072, 262_144, 524_288, 1_048_576)]
    public int PartBytes { get; init; } = 1_048_576;

    /// <summary>Parts a view may have asked for or hold ready ahead of its consumer. Default 32.</summary>
    [Range(1, 1024)]
    public int LookAheadParts { get; init; } = 32;

    /// <summary>Tries per part, over lost connections, timeouts and faults of the server. Default 8.</summary>
    [Range(1, 100)]
    public int PartTries { get; init; } = 8;

    /// <summary>FLOOD_WAIT answers slept through for one part; one more is a <see cref="FloodException"/>. Default 20.</summary>
    [Range(0, 1000)]
    public int PartFloods { get; init; } = 20;

    /// <summary>Renewals of access in a row without one part received in between. Default 3.</summary>
    [Range(1, 10)]
    public int Renewals { get; init; } = 3;

    /// <summary>Checks every part against upload.getFileHashes before it is handed over; a part that is wrong twice ends the read
    /// with hash_mismatch. Bytes that Telegram gives no hashes for pass unverified. Costs a SHA-256 of every byte and one
    /// small call per MiB. Default false.</summary>
    public bool VerifyHashes { get; init; }
}
