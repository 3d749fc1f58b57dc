using System.Globalization;

namespace Fleet.Broker.Leases;

/// <summary>
/// A lease by name. The name tells what was granted, so that a lease can be put back after the table was lost, and
/// with which fence, so that another one is refused also then. Text: account.dc.weight.granted(Unix ms).mark.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Dc">Data centre of the key.</param>
/// <param name="Weight">Share of the account's cap, 1 or 2.</param>
/// <param name="GrantedMs">When it was granted, Unix milliseconds.</param>
/// <param name="Mark">The grant's fence, 8 to 16 hexadecimal digits; makes the name unique.</param>
sealed record LeaseId(string Account, int Dc, int Weight, long GrantedMs, string Mark)
{
    const int MaxLength = 128;

    /// <summary>When it was granted.</summary>
    public DateTimeOffset GrantedAt => DateTimeOffset.FromUnixTimeMilliseconds(GrantedMs);

    /// <summary>What follows the account; the table picks the account and puts it in front.</summary>
    public string Suffix => string.Create(CultureInfo.InvariantCulture, $"{Dc}.{Weight}.{GrantedMs}.{Mark}");

    /// <summary>The part of a new lease's name that is known before its account.</summary>
    public static LeaseId New(int dc, int weight, DateTimeOffset now, long fence) =>
        new("", dc, weight, now.ToUnixTimeMilliseconds(), MarkOf(fence));

    /// <summary>Whether the lease was granted with this fence.</summary>
    public bool IsOf(long fence) => string.Equals(Mark, MarkOf(fence), StringComparison.Ordinal);

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
            && parts[4].Length is >= 8 and <= 16
            ? new LeaseId(parts[0], dc, weight, granted, parts[4])
            : null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => $"{Account}.{Suffix}";

    static string MarkOf(long fence) => fence.ToString("x8", CultureInfo.InvariantCulture);
}
