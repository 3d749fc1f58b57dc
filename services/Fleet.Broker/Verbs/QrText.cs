using System.Text;
using QRCoder;

namespace Fleet.Broker.Verbs;

/// <summary>QR codes for terminals.</summary>
static class QrText
{
    /// <summary>A QR code as lines of half blocks: two modules on top of each other make a character. Light modules are drawn,
    /// as terminals are dark; the margin of four modules is part of it.</summary>
    public static string Of(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        var rows = code.ModuleMatrix;
        var lines = new StringBuilder();
        for (var y = 0; y < rows.Count; y += 2)
        {
            if (y > 0)
                lines.Append('\n');
            for (var x = 0; x < rows[y].Length; x++)
            {
                var (upper, lower) = (!rows[y][x], y + 1 < rows.Count && !rows[y + 1][x]);
                lines.Append(
                    (upper, lower) switch
                    {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        _ => ' ',
                    }
                );
            }
        }
        return lines.ToString();
    }
}
