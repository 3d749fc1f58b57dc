using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fleet.Tl;

namespace Fleet.Sessions;

/// <summary>Reads and writes the session strings of other programs.</summary>
/// <remarks>
/// After base64, big-endian but for mtcute:
/// <code>
/// Telethon  '1' | dc 1 | IPv4 4 or IPv6 16 | port 2 | key 256
/// GramJS    '1' | dc 1 | length 2 | host | port 2 | key 256
/// Pyrogram        dc 1 | api_id 4 | test 1 | key 256 | user_id 8 | bot 1
/// mtcute          3 | flags 4 | bytes(dc) [bytes(media dc)] [user_id 8, bool 4] | bytes(key);  dc: 2 | id | flags | string | port 4
/// </code>
/// Telethon and mtcute write the URL alphabet, GramJS the plain one. Padding may be missing everywhere.
/// </remarks>
public static class SessionString
{
    const int MostCharacters = 1024;
    const int PyrogramBytes = 271;
    const int MtcuteVersion = 3;
    const int MtcuteDcVersion = 2;
    const int HasSelf = 1;
    const int OldTestMode = 2;
    const int HasMedia = 4;
    const int DcIsIpv6 = 1;
    const int DcIsTest = 4;

    /// <summary>Reads a string of any of the formats; each has a length or a first character of its own.</summary>
    /// <param name="text">White space around it is ignored.</param>
    /// <exception cref="SessionStringException">It is none of them.</exception>
    public static PortableSession Parse(string text)
    {
        text = text.Trim();
        var versioned = text.StartsWith('1');
        var bytes = Decode(versioned ? text[1..] : text);
        try
        {
            var session =
                versioned ? ReadVersioned(bytes)
                : bytes.Length == PyrogramBytes ? ReadPyrogram(bytes)
                : ReadMtcute(bytes);
            if (session.Dc is < 1 or > byte.MaxValue || session.AuthKey.Length != PortableSession.KeyBytes)
                throw NotOne();
            return session;
        }
        catch (Exception e) when (e is TlException or ArgumentException)
        {
            throw NotOne();
        }
    }

    /// <summary>Writes the string that <paramref name="format"/>'s program reads.</summary>
    /// <exception cref="SessionStringException">The format needs something that the session does not have.</exception>
    public static string Write(PortableSession session, SessionFormat format) =>
        format switch
        {
            SessionFormat.Telethon => "1" + ToUrlText(WriteTelethon(session), padded: true),
            SessionFormat.GramJs => "1" + Convert.ToBase64String(WriteGramJs(session)),
            SessionFormat.Mtcute => ToUrlText(WriteMtcute(session), padded: false),
            SessionFormat.Pyrogram => ToUrlText(WritePyrogram(session), padded: false),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such format"),
        };

    static PortableSession ReadVersioned(ReadOnlySpan<byte> bytes)
    {
        const int Around = 1 + 2 + PortableSession.KeyBytes;
        var reader = new TlReader(bytes);
        int dc = reader.ReadRaw(1)[0];
        var hostBytes = bytes.Length - Around;
        IPAddress host;
        if (hostBytes > 2 && BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]) == hostBytes - 2)
        {
            reader.ReadRaw(2);
            if (!IPAddress.TryParse(Encoding.ASCII.GetString(reader.ReadRaw(hostBytes - 2)), out host!))
                throw NotOne();
        }
        else if (hostBytes is 4 or 16)
        {
            host = new IPAddress(reader.ReadRaw(hostBytes));
        }
        else
        {
            throw NotOne();
        }
        var port = BinaryPrimitives.ReadUInt16BigEndian(reader.ReadRaw(2));
        var key = reader.ReadRaw(PortableSession.KeyBytes).ToArray();
        return new PortableSession
        {
            Dc = dc,
            Address = new IPEndPoint(host, port),
            AuthKey = key,
        };
    }

    static PortableSession ReadPyrogram(ReadOnlySpan<byte> bytes)
    {
        var reader = new TlReader(bytes);
        return new PortableSession
        {
            Dc = reader.ReadRaw(1)[0],
            ApiId = BinaryPrimitives.ReadInt32BigEndian(reader.ReadRaw(4)),
            TestMode = reader.ReadRaw(1)[0] != 0,
            AuthKey = reader.ReadRaw(PortableSession.KeyBytes).ToArray(),
            UserId = BinaryPrimitives.ReadInt64BigEndian(reader.ReadRaw(8)),
            IsBot = reader.ReadRaw(1)[0] != 0,
        };
    }

    static PortableSession ReadMtcute(ReadOnlySpan<byte> bytes)
    {
        var reader = new TlReader(bytes);
        if (reader.ReadRaw(1)[0] != MtcuteVersion)
            throw NotOne();
        var flags = reader.ReadInt32();
        var session = ReadMtcuteDc(reader.ReadBytesSpan());
        if ((flags & HasMedia) != 0)
            reader.ReadBytesSpan();
        if ((flags & HasSelf) != 0)
            session = session with { UserId = reader.ReadInt64(), IsBot = reader.ReadBool() };
        return session with { AuthKey = reader.ReadBytes(), TestMode = session.TestMode || (flags & OldTestMode) != 0 };
    }

    static PortableSession ReadMtcuteDc(ReadOnlySpan<byte> bytes)
    {
        var reader = new TlReader(bytes);
        if (reader.ReadRaw(1)[0] is < 1 or > MtcuteDcVersion)
            throw NotOne();
        int dc = reader.ReadRaw(1)[0];
        var flags = reader.ReadRaw(1)[0];
        if (!IPAddress.TryParse(reader.ReadString(), out var host))
            throw NotOne();
        return new PortableSession
        {
            Dc = dc,
            Address = new IPEndPoint(host, reader.ReadInt32()),
            TestMode = (flags & DcIsTest) != 0,
            AuthKey = [],
        };
    }

    static byte[] WriteTelethon(PortableSession session)
    {
        var address = Needed(session.Address, "an address");
        return [(byte)session.Dc, .. address.Address.GetAddressBytes(), .. BigEndian(address.Port), .. session.AuthKey];
    }

    static byte[] WriteGramJs(PortableSession session)
    {
        var address = Needed(session.Address, "an address");
        var host = Encoding.ASCII.GetBytes(address.Address.ToString());
        return [(byte)session.Dc, .. BigEndian(host.Length), .. host, .. BigEndian(address.Port), .. session.AuthKey];
    }

    static byte[] WritePyrogram(PortableSession session)
    {
        var bytes = new byte[PyrogramBytes];
        bytes[0] = (byte)session.Dc;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), Needed(session.ApiId, "an api_id"));
        bytes[5] = session.TestMode ? (byte)1 : (byte)0;
        session.AuthKey.CopyTo(bytes, 6);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(262), Needed(session.UserId, "a user id"));
        bytes[270] = Needed(session.IsBot, "whether it is a bot") ? (byte)1 : (byte)0;
        return bytes;
    }

    static byte[] WriteMtcute(PortableSession session)
    {
        var address = Needed(session.Address, "an address");
        using var dc = new TlWriter(64);
        var ipv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        dc.WriteRaw([
            MtcuteDcVersion,
            (byte)session.Dc,
            (byte)((ipv6 ? DcIsIpv6 : 0) | (session.TestMode ? DcIsTest : 0)),
        ]);
        dc.WriteString(address.Address.ToString());
        dc.WriteInt32(address.Port);

        using var writer = new TlWriter(512);
        writer.WriteRaw([MtcuteVersion]);
        writer.WriteInt32(session.UserId is null ? 0 : HasSelf);
        writer.WriteBytes(dc.WrittenSpan);
        if (session.UserId is { } user)
        {
            writer.WriteInt64(user);
            writer.WriteBool(session.IsBot ?? false);
        }
        writer.WriteBytes(session.AuthKey);
        return writer.WrittenSpan.ToArray();
    }

    static byte[] BigEndian(int value) => [(byte)(value >> 8), (byte)value];

    static byte[] Decode(string text)
    {
        if (text.Length > MostCharacters)
            throw NotOne();
        var url = text.TrimEnd('=').Replace('+', '-').Replace('/', '_');
        try
        {
            return Base64Url.DecodeFromChars(url);
        }
        catch (FormatException)
        {
            throw NotOne();
        }
    }

    static string ToUrlText(byte[] bytes, bool padded)
    {
        var text = Base64Url.EncodeToString(bytes);
        return padded ? text.PadRight((text.Length + 3) / 4 * 4, '=') : text;
    }

    static T Needed<T>(T? value, string what)
        where T : struct => value ?? throw Lacks(what);

    static T Needed<T>(T? value, string what)
        where T : class => value ?? throw Lacks(what);

    static SessionStringException Lacks(string what) =>
        new($"This format needs {what}, which the session does not have.");

    static SessionStringException NotOne() =>
        new("This is not a session string of Telethon, GramJS, mtcute or Pyrogram 2.");
}
