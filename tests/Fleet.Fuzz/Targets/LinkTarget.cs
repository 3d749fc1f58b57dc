using System.Text;
using Fleet.Telegram;

namespace Fleet.Fuzz;

/// <summary>The link parser: any text is a link or one of the refusals.</summary>
sealed class LinkTarget : FuzzTarget
{
    static readonly string[] Refusals =
    [
        LinkErrors.Malformed,
        LinkErrors.HostUnknown,
        LinkErrors.NotAMessage,
        LinkErrors.TooManyItems,
    ];

    public override string Name => "links";

    public override int Share => 2500;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Text("links.txt")];

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. "https:// tg: t.me/ telegram.me /c/ /s/ ?single &thread= ?comment= ?t= %2f %00 + # -100 joinchat 2147483648 xn--"
            .Split(' ')
            .Select(Encoding.UTF8.GetBytes),
    ];

    public override FuzzOutcome Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        try
        {
            var link = LinkParser.Parse(text);
            return LinkParser.Parse($" {text} ").Equals(link)
                ? new FuzzOutcome("read", link.GetType().Name.Length)
                : throw new FuzzException("white space around a link changes it");
        }
        catch (LinkException e) when (Refusals.Contains(e.Code, StringComparer.Ordinal))
        {
            return new FuzzOutcome(e.Code, e.Message.Length);
        }
    }
}
