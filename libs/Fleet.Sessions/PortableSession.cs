using System.Net;

namespace Fleet.Sessions;

/// <summary>The program whose session string is meant.</summary>
public enum SessionFormat
{
    /// <summary>Telethon's StringSession.</summary>
    Telethon,

    /// <summary>GramJS's StringSession.</summary>
    GramJs,

    /// <summary>mtcute's session string, version 3.</summary>
    Mtcute,

    /// <summary>Pyrogram's and Kurigram's session string, as of version 2.</summary>
    Pyrogram,
}

/// <summary>A login as the session strings of other programs carry it. Whoever has it has the account.</summary>
public sealed record PortableSession
{
    /// <summary>Home data centre, 1 to 255.</summary>
    public required int Dc { get; init; }

    /// <summary>The account's key there, 256 bytes.</summary>
    public required byte[] AuthKey { get; init; }

    /// <summary>Where the data centre listens; null in formats that leave that to the program.</summary>
    public IPEndPoint? Address { get; init; }

    /// <summary>Telegram's id of the account; null in formats without it.</summary>
    public long? UserId { get; init; }

    /// <summary>Whether it is a bot; null in formats without it.</summary>
    public bool? IsBot { get; init; }

    /// <summary>api_id that the login was made with; null in formats without it.</summary>
    public int? ApiId { get; init; }

    /// <summary>True for Telegram's test data centres.</summary>
    public bool TestMode { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"PortableSession {{ Dc = {Dc} }}";

    /// <summary>Length of <see cref="AuthKey"/>.</summary>
    internal const int KeyBytes = MtProto.AuthKey.Length;
}

/// <summary>A text is not a session string, or a session lacks what a format needs. The message quotes nothing of it.</summary>
public sealed class SessionStringException(string message) : Exception(message);
