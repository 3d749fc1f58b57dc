using System.Globalization;
using System.Security.Cryptography;

namespace Fleet.Broker.Leases;

/// <summary>
/// A lease by name. The name tells what was granted, so that a lease can be put back after the table was lost.
/// Text: account.dc.weight.granted(Unix ms).nonce(8 hexadecimal digits).
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Dc">Data centre of the key.</param>
/// <param name="Weight">Share of the account's cap, 1 or 2.</param>
/// <param name="GrantedMs">When it was granted, Unix milliseconds.</param>
/// <param name="Nonce">Makes the name unique.</param>
sealed record LeaseId(string Account, int Dc, int Weight, long GrantedMs, string Nonce)
{
    const int MaxLength = 128;

    /// <summary>When it was granted.</summary>
    public DateTimeOffset GrantedAt => DateTimeOffset.FromUnixTimeMilliseconds(GrantedMs);

    /// <summary>What follows the account; the table picks the account and puts it in front.</summary>
    public string Suffix => string.Create(CultureInfo.InvariantCulture, $"{Dc}.{Weight}.{GrantedMs}.{Nonce}");

    /// <summary>The part of a new lease's name that is known before its account.</summary>
    public static LeaseId New(int dc, int weight, DateTimeOffset now) =>
        new("", dc, weight, now.ToUnixTimeMilliseconds(), RandomNumberGenerator.GetHexString(8, lowercase: true));

    /// <summary>Reads a name; null when it is none.</summary>
    public static LeaseId? ParseOrNull(string text)
    {
        var parts = text.Split('.', 6);
        return
            text.Length <= MaxLength
            && parts.Length == 5
            && parts[0].Length > 0
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var dc)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var weight)
            && weight is 1 or 2
            && long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var granted)
            && parts[4].Length == 8
            ? new LeaseId(parts[0], dc, weight, granted, parts[4])
            : null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => $"{Account}.{Suffix}";
}
