using System.Globalization;

namespace Fleet.Telegram;

/// <summary>Reads every form of link to a Telegram message, story or invitation. Pure: no network, no state.</summary>
public static class LinkParser
{
    /// <summary>Largest bare channel id (TDLib ChannelId::MAX_CHANNEL_ID).</summary>
    const long MaxChannelId = 1_000_000_000_000 - (1L << 31);

    /// <summary>The grammar: first match counts. A token in braces takes one segment of that kind; anything else is literal.</summary>
    static readonly Route[] Routes =
    [
        new("c {channel} {message}", m => Message(m, new PrivateChat(m.Channel))),
        new("c {channel} {thread} {message}", m => Message(m, new PrivateChat(m.Channel))),
        new("c {channel} {range}", m => Range(m, new PrivateChat(m.Channel))),
        new("joinchat {invite}", m => new InviteLink(m.Text)),
        new("{plus}", m => new InviteLink(m.Text)),
        new("{user} s live", m => new LiveStoryLink(m.User)),
        new("{user} s {message}", m => new StoryLink(m.User, m.Message)),
        new("{user} a {message}", m => new StoryAlbumLink(m.User, m.Message)),
        new("{user} {message}", m => Message(m, m.User)),
        new("{user} {thread} {message}", m => Message(m, m.User)),
        new("{user} {range}", m => Range(m, m.User)),
        new("{user}", BotStartOrNull),
    ];

    /// <summary>Parses one link. White space around it is ignored; the scheme may be missing.</summary>
    /// <param name="text">Up to 2048 characters, from anywhere: it is not trusted.</param>
    /// <exception cref="LinkException">The only exception, whatever the input.</exception>
    public static TelegramLink Parse(string? text)
    {
        var link = LinkText.Read(text);
        foreach (var route in Routes)
        {
            var match = new Match(link.Query);
            if (route.Matches(link.Path, match) && route.Make(match) is { } result)
                return result;
        }
        throw Refusal(link.Path);
    }

    /// <summary>Whether the text has the form of a public name: 1 to 32 of A-Z, a-z, 0-9, _; starts with a letter, does not
    /// end with _ and has no two of them together.</summary>
    public static bool IsUsername(string name) =>
        name.Length is >= 1 and <= 32
        && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && !name.EndsWith('_')
        && !name.Contains("__", StringComparison.Ordinal);

    static LinkException Refusal(string[] path)
    {
        var halfMessage = path is ["c" or "joinchat", ..];
        var profile = path is [var only] && (IsUsername(only) || IsPhone(only));
        var app = path is [var bot, { Length: >= 3 } name] && IsUsername(bot) && IsUsername(name);
        var feature = path is [var first, ..] && LinkText.Reserved.Contains(first.ToLowerInvariant());
        return path.Length == 0 || (!halfMessage && (profile || app || feature))
            ? new LinkException(LinkErrors.NotAMessage, "This Telegram link does not lead to a message.")
            : new LinkException(LinkErrors.Malformed, "This looks like a Telegram link, but a part of it is broken.");
    }

    static MessageLink Message(Match m, ChatRef chat)
    {
        var thread = m.Thread > 0 ? m.Thread : m.Number("thread");
        return new MessageLink(chat, m.Message)
        {
            Single = m.Query.ContainsKey("single"),
            ThreadId = thread,
            CommentId = m.Number("comment"),
            StartAt = m.Query.TryGetValue("t", out var t) ? StartTimeOrNull(t) : null,
        };
    }

    static MessageRangeLink Range(Match m, ChatRef chat) =>
        m.Last - m.Message < MessageRangeLink.MaxMessages
            ? new MessageRangeLink(chat, m.Message, m.Last)
            : throw new LinkException(
                LinkErrors.TooManyItems,
                $"A range has at most {MessageRangeLink.MaxMessages} messages."
            );

    static BotStartLink? BotStartOrNull(Match m) =>
        m.Query.TryGetValue("start", out var payload) && payload.Length is >= 1 and <= 512 && payload.All(IsTokenChar)
            ? new BotStartLink(m.User, payload)
            : null;

    /// <summary>90, 90s, 1m30s, 1h2m3s. Anything else is ignored, as Telegram's own clients do.</summary>
    static TimeSpan? StartTimeOrNull(string text)
    {
        long total = 0;
        long number = 0;
        var digits = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c) && digits < 7)
            {
                number = (number * 10) + (c - '0');
                digits++;
                continue;
            }
            var unit = char.ToLowerInvariant(c) switch
            {
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => 0,
            };
            if (unit == 0 || digits == 0)
                return null;
            total += number * unit;
            (number, digits) = (0, 0);
        }
        total += number;
        return total is > 0 and <= 10_000_000 ? TimeSpan.FromSeconds(total) : null;
    }

    static bool IsTokenChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    /// <summary>+digits is somebody's phone number, not an invitation.</summary>
    static bool IsPhone(string segment) =>
        segment.Length > 1 && segment[0] == '+' && segment.Skip(1).All(char.IsAsciiDigit);

    static bool TryMessageId(string text, out int id) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;

    /// <summary>One line of the grammar.</summary>
    sealed class Route(string pattern, Func<Match, TelegramLink?> make)
    {
        readonly string[] _tokens = pattern.Split(' ');

        public TelegramLink? Make(Match match) => make(match);

        public bool Matches(string[] path, Match match)
        {
            if (path.Length != _tokens.Length)
                return false;
            for (var i = 0; i < path.Length; i++)
            {
                if (!match.Take(_tokens[i], path[i]))
                    return false;
            }
            return true;
        }
    }

    /// <summary>What the tokens of a route took.</summary>
    sealed class Match(IReadOnlyDictionary<string, string> query)
    {
        public IReadOnlyDictionary<string, string> Query => query;
        public PublicChat User { get; set; } = new("");
        public long Channel { get; set; }
        public int Message { get; set; }
        public int Last { get; set; }
        public int Thread { get; set; }
        public string Text { get; set; } = "";

        public bool Take(string token, string segment) =>
            token switch
            {
                "{user}" => TakeUser(segment),
                "{channel}" => TakeChannel(segment),
                "{message}" => TryMessageId(segment, out var id) && (Message = id) > 0,
                "{thread}" => TryMessageId(segment, out var id) && (Thread = id) > 0,
                "{range}" => TakeRange(segment),
                "{invite}" => TakeInvite(segment),
                "{plus}" => segment.StartsWith('+') && !IsPhone(segment) && TakeInvite(segment[1..]),
                _ => string.Equals(token, segment, StringComparison.OrdinalIgnoreCase),
            };

        /// <summary>A parameter that must be a message id when it is there.</summary>
        public int? Number(string name)
        {
            if (!query.TryGetValue(name, out var text))
                return null;
            return TryMessageId(text, out var id)
                ? id
                : throw new LinkException(
                    LinkErrors.Malformed,
                    "The link has a parameter that is not a message number."
                );
        }

        bool TakeUser(string segment)
        {
            User = new PublicChat(segment.ToLowerInvariant());
            return IsUsername(segment) && !LinkText.Reserved.Contains(User.Username);
        }

        bool TakeChannel(string segment)
        {
            var number = long.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var id);
            Channel = id;
            return number && id is > 0 and < MaxChannelId;
        }

        bool TakeRange(string segment)
        {
            var dash = segment.IndexOf('-', StringComparison.Ordinal);
            if (
                dash < 0
                || !TryMessageId(segment[..dash], out var first)
                || !TryMessageId(segment[(dash + 1)..], out var last)
            )
                return false;
            (Message, Last) = (first, last);
            return first <= last;
        }

        bool TakeInvite(string segment)
        {
            Text = segment;
            return segment.Length is >= 1 and <= 64 && segment.All(IsTokenChar);
        }
    }
}
