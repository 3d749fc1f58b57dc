using System.Collections.Frozen;

namespace Fleet.Telegram;

/// <summary>A link taken apart: decoded path segments and query parameters, whatever host form it came in.</summary>
/// <remarks>Rules of TDLib's LinkManager (https://core.telegram.org/api/links). System.Uri is not used: it rewrites
/// hostile input (back-slashes, dots, unicode hosts) instead of refusing it.</remarks>
sealed record LinkText(string[] Path, IReadOnlyDictionary<string, string> Query)
{
    const int MaxLength = 2048;
    const int MaxSegments = 8;
    const int MaxParameters = 32;

    static readonly string[] Hosts = ["t.me", "telegram.me", "telegram.dog"];

    /// <summary>First path words that are features of t.me and therefore never a chat's name.</summary>
    internal static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "a",
            "addemoji",
            "addlist",
            "addstickers",
            "addtheme",
            "auth",
            "bg",
            "boost",
            "c",
            "call",
            "confirmphone",
            "contact",
            "giftcode",
            "invoice",
            "iv",
            "joinchat",
            "k",
            "login",
            "m",
            "msg",
            "nft",
            "proxy",
            "s",
            "setlanguage",
            "share",
            "socks",
            "web",
            "z",
        ]
    );

    public static LinkText Read(string? text)
    {
        text = text?.Trim(' ', '\t', '\r', '\n') ?? "";
        if (text.Length is 0 or > MaxLength)
            throw Malformed("A link has 1 to 2048 characters.");
        foreach (var c in text)
        {
            if (c is <= ' ' or '\\' or '\x7f' or '"' or '<' or '>')
                throw Malformed("A link has no spaces, control characters, quotes or back-slashes.");
        }

        text = Before(text, '#');
        var colon = text.AsSpan().IndexOfAny(':', '/', '?') is var at and >= 0 && text[at] == ':' ? at : -1;
        var scheme = colon < 0 ? "" : text[..colon].ToLowerInvariant();
        return scheme switch
        {
            "tg" => ReadApp(text[(colon + 1)..]),
            "http" or "https" when text.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal) => ReadWeb(
                text[(colon + 3)..]
            ),
            _ when scheme is "http" or "https" || text.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal) =>
                throw Malformed("A link starts with https://, http:// or tg://."),
            _ => ReadWeb(text),
        };
    }

    /// <summary>tg://verb?query, or tg:verb?query: rewritten to the path that the web form has.</summary>
    static LinkText ReadApp(string rest)
    {
        rest = rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
        var query = ReadQuery(rest);
        var verb = Before(rest, '?').TrimEnd('/').ToLowerInvariant();
        string Of(string name) => query.GetValueOrDefault(name, "");
        string[] path = verb switch
        {
            "resolve" when query.ContainsKey("post") => [Of("domain"), Of("post")],
            "resolve" when query.ContainsKey("story") => [Of("domain"), "s", Of("story")],
            "resolve" when query.ContainsKey("album") => [Of("domain"), "a", Of("album")],
            "resolve" when query.ContainsKey("domain") => [Of("domain")],
            "privatepost" => ["c", Of("channel"), Of("post")],
            "join" => ["joinchat", Of("invite")],
            _ => throw new LinkException(LinkErrors.NotAMessage, "This tg: link does not lead to a message."),
        };
        return new LinkText(path, query);
    }

    static LinkText ReadWeb(string rest)
    {
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var host = ReadHost(end < 0 ? rest : rest[..end]);
        var tail = end < 0 ? "" : rest[end..];
        var path = Before(tail, '?')
            .Split('/', MaxSegments + 2, StringSplitOptions.RemoveEmptyEntries)
            .Select(s => DecodeOrNull(s) ?? throw Malformed("The link has a character that no Telegram link has."))
            .ToList();
        if (path.Count > MaxSegments)
            throw Malformed("The link has too many parts.");
        while (host.Length == 0 && path is ["s", _, ..])
            path.RemoveAt(0); // the web preview of a channel: t.me/s/name/123
        if (host.Length > 0)
            path.Insert(0, host);
        return new LinkText([.. path], ReadQuery(tail));
    }

    /// <summary>Empty for the main hosts, NAME for NAME.t.me.</summary>
    static string ReadHost(string authority)
    {
        if (authority.Contains('@', StringComparison.Ordinal))
            throw Malformed("A link has no user name before its host.");
        var host = Before(authority, ':').ToLowerInvariant();
        var port = authority.Length > host.Length ? authority[(host.Length + 1)..] : "443";
        if (host.StartsWith("www.", StringComparison.Ordinal))
            host = host[4..];
        if (port is not ("80" or "443"))
            throw new LinkException(LinkErrors.HostUnknown, "Telegram's links use no port but 80 and 443.");
        if (Hosts.Contains(host, StringComparer.Ordinal))
            return "";
        var name = host.EndsWith(".t.me", StringComparison.Ordinal) ? host[..^5] : "";
        if (LinkParser.IsUsername(name) && !Reserved.Contains(name))
            return name;
        if (!host.Contains('.', StringComparison.Ordinal))
            throw Malformed("This is not a link.");
        throw new LinkException(
            LinkErrors.HostUnknown,
            "This is not a host of Telegram's: t.me, telegram.me, telegram.dog."
        );
    }

    /// <summary>The parameters after '?'. The first of a repeated name counts; a name without '=' has an empty value. A value
    /// that does not decode stays as it is: harmless in a parameter nobody reads, refused by one that is read.</summary>
    static Dictionary<string, string> ReadQuery(string text)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        var start = text.IndexOf('?', StringComparison.Ordinal);
        if (start < 0)
            return query;
        var pairs = text[(start + 1)..].Split('&', MaxParameters + 1, StringSplitOptions.RemoveEmptyEntries);
        if (pairs.Length > MaxParameters)
            throw Malformed("The link has too many parameters.");
        foreach (var pair in pairs)
        {
            var name = Before(pair, '=');
            var value = name.Length < pair.Length ? pair[(name.Length + 1)..] : "";
            query.TryAdd(name, DecodeOrNull(value) ?? value);
        }
        return query;
    }

    /// <summary>Undoes %XX once. What comes out must be printable ASCII without separators, else it could hide a second link.</summary>
    static string? DecodeOrNull(string text)
    {
        var result = new char[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    return null;
                c = (char)Convert.ToByte(text.Substring(i + 1, 2), 16);
                i += 2;
            }
            if (c is <= ' ' or > '~' or '/' or '\\' or '%')
                return null;
            result[length++] = c;
        }
        return new string(result, 0, length);
    }

    static string Before(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? text : text[..at];
    }

    static LinkException Malformed(string message) => new(LinkErrors.Malformed, message);
}
