using System.Globalization;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Broker.Resolving;

/// <summary>Between the library's words for media and the contract's.</summary>
static class MediaWords
{
    /// <summary>An item of a resolve answer.</summary>
    public static MediaItem ToItem(ResolvedMedia media) =>
        new()
        {
            DocumentId = media.Description.DocumentId,
            SizeBytes = media.Description.Size,
            MimeType = media.Description.MimeType,
            Dc = media.Description.Dc,
            FileName = media.Description.FileName,
            DurationSeconds = media.Description.Duration?.TotalSeconds,
            Width = media.Description.Width,
            Height = media.Description.Height,
            Protected = media.Description.Protected,
            Caption = media.Description.Caption,
            Origin = new OriginRef
            {
                Username = media.Origin.Username,
                PeerKind = KindText(media.Origin.PeerKind),
                PeerId = media.Origin.PeerId,
                MessageId = media.Origin.MessageId,
            },
        };

    /// <summary>An origin of a request.</summary>
    /// <exception cref="BrokerException">bad_request.</exception>
    public static MediaOrigin ToOrigin(OriginRef origin)
    {
        if (origin is not { PeerId: > 0, MessageId: > 0, Username: null or { Length: > 0 and <= 64 } })
            throw new BrokerException(BrokerCodes.BadRequest, "origin needs peer_id and message_id above 0");
        var kind = origin.PeerKind switch
        {
            "channel" => PeerKind.Channel,
            "chat" => PeerKind.Chat,
            "user" => PeerKind.User,
            _ => throw new BrokerException(BrokerCodes.BadRequest, "origin.peer_kind is channel, chat or user"),
        };
        return new MediaOrigin(origin.Username, kind, origin.PeerId, origin.MessageId);
    }

    /// <summary>A location for a lease.</summary>
    public static LeaseLocation ToLocation(FileLocation location) =>
        new()
        {
            DocumentId = location.DocumentId,
            AccessHash = location.AccessHash,
            FileReference = location.FileReference,
        };

    /// <summary>Key of a chat for the lease table.</summary>
    public static string ChatOf(MediaOrigin origin) =>
        string.Create(CultureInfo.InvariantCulture, $"{KindText(origin.PeerKind)}:{origin.PeerId}");

    static string KindText(PeerKind kind) =>
        kind switch
        {
            PeerKind.Channel => "channel",
            PeerKind.Chat => "chat",
            _ => "user",
        };
}
