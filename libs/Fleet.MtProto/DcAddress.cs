using System.Globalization;

namespace Fleet.MtProto;

/// <summary>Where one data centre listens.</summary>
/// <param name="Dc">Number of the data centre, 1 to 5 for Telegram's own, 203 for a CDN.</param>
/// <param name="Host">IP address or host name.</param>
/// <param name="Port">TCP port.</param>
/// <param name="MediaOnly">Serves files only, and allows many connections with one auth key.</param>
public sealed record DcAddress(int Dc, string Host, int Port, bool MediaOnly = false)
{
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

    /// <summary>Reads <c>2=127.0.0.1:443</c>, <c>2=[::1]:443</c> or <c>2=host:443,media</c>.</summary>
    /// <exception cref="FormatException">The text has another form.</exception>
    public static DcAddress Parse(string text)
    {
        const string Media = ",media";
        var media = text.EndsWith(Media, StringComparison.Ordinal);
        var address = media ? text[..^Media.Length] : text;
        var equals = address.IndexOf('=', StringComparison.Ordinal);
        var colon = address.LastIndexOf(':');
        if (
            equals > 0
            && colon > equals + 1
            && TryNumber(address[..equals], 1, 9999, out var dc)
            && TryNumber(address[(colon + 1)..], 1, 65535, out var port)
        )
        {
            return new DcAddress(dc, address[(equals + 1)..colon].Trim('[', ']'), port, media);
        }
        throw new FormatException(
            $"'{text}' is not a data centre address such as 2=127.0.0.1:443 or 2=[::1]:443,media"
        );
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        var media = MediaOnly ? ",media" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Dc}={host}:{Port}{media}");
    }

    static bool TryNumber(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number >= least
        && number <= most;
}
