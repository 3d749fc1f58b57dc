using System.Globalization;

namespace Fleet.MtProto;

/// <summary>Where one data centre listens.</summary>
/// <param name="Dc">Number of the data centre, 1 to 5 for Telegram's own, 203 for a CDN.</param>
/// <param name="Host">IP address or host name.</param>
/// <param name="Port">TCP port.</param>
/// <param name="MediaOnly">Serves files only, and allows many connections with one auth key.</param>
/// <param name="Obfuscated">Takes obfuscated transports only (tcpo_only in Telegram's configuration).</param>
/// <param name="Cdn">A CDN: it has RSA keys of its own, and serves nothing but files that Telegram sends us to it for.</param>
public sealed record DcAddress(
    int Dc,
    string Host,
    int Port,
    bool MediaOnly = false,
    bool Obfuscated = false,
    bool Cdn = false
)
{
    const string Media = "media";
    const string OfCdn = "cdn";
    const string OnlyObfuscated = "obfuscated";

    /// <summary>Telegram's built-in addresses. They change: help.getConfig has the current ones.</summary>
    public static IReadOnlyList<DcAddress> Production { get; } =
    [
        new(1, "149.154.175.50", 443),
        new(2, "149.154.167.51", 443),
        new(2, "149.154.167.222", 443, MediaOnly: true),
        new(3, "149.154.175.100", 443),
        new(4, "149.154.167.91", 443),
        new(5, "149.154.171.5", 443),
    ];

    /// <summary>Reads <c>2=127.0.0.1:443</c> or <c>2=[::1]:443</c>, with <c>,media</c>, <c>,cdn</c> and <c>,obfuscated</c>
    /// behind it where they apply.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static DcAddress Parse(string text)
    {
        var parts = text.Split(',');
        var (address, marks) = (parts[0], parts[1..]);
        var media = marks.Contains(Media, StringComparer.Ordinal);
        var cdn = marks.Contains(OfCdn, StringComparer.Ordinal);
        var obfuscated = marks.Contains(OnlyObfuscated, StringComparer.Ordinal);
        var equals = address.IndexOf('=', StringComparison.Ordinal);
        var colon = address.LastIndexOf(':');
        if (
            !(media && cdn)
            && marks.Length == (media ? 1 : 0) + (cdn ? 1 : 0) + (obfuscated ? 1 : 0)
            && equals > 0
            && colon > equals + 1
            && TryNumber(address[..equals], 1, 9999, out var dc)
            && TryNumber(address[(colon + 1)..], 1, 65535, out var port)
        )
        {
            return new DcAddress(dc, address[(equals + 1)..colon].Trim('[', ']'), port, media, obfuscated, cdn);
        }
        throw new FormatException(
            $"'{text}' is not a data centre address such as 2=127.0.0.1:443, 2=[::1]:443,media or 203=127.0.0.1:443,cdn"
        );
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        var (media, cdn) = (MediaOnly ? $",{Media}" : "", Cdn ? $",{OfCdn}" : "");
        var obfuscated = Obfuscated ? $",{OnlyObfuscated}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Dc}={host}:{Port}{media}{cdn}{obfuscated}");
    }

    static bool TryNumber(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number >= least
        && number <= most;
}
