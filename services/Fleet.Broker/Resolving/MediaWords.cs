using System.Globalization;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Broker.Resolving;

/// <summary>Between the library's words for media and the contract's.</summary>
static class MediaWords
{
    const string Story = "story";

    /// <summary>An item of a resolve answer.</summary>
    public static MediaItem ToItem(ResolvedMedia media) =>
        new()
        {
            DocumentId = media.Description.DocumentId,
            Picture = ToPicture(media.Description.Key),
            SizeBytes = media.Description.Size,
            MimeType = media.Description.MimeType,
            Dc = media.Description.Dc,
            FileName = media.Description.FileName,
            DurationSeconds = media.Description.Duration?.TotalSeconds,
            Width = media.Description.Width,
            Height = media.Description.Height,
            Codec = media.Description.Codec,
            SupportsStreaming = media.Description.SupportsStreaming ? true : null,
            Title = media.Description.Title,
            Performer = media.Description.Performer,
            Date = media.Description.Date,
            Qualities = media.Alternatives.Count > 0 ? [.. media.Alternatives.Select(ToQuality)] : null,
            Thumbs = media.Description.Thumbs.Count > 0 ? [.. media.Description.Thumbs.Select(ToThumb)] : null,
            Protected = media.Description.Protected,
            Caption = media.Description.Caption,
            Origin = ToRef(media.Origin),
        };

    /// <summary>The file that a request names.</summary>
    /// <exception cref="BrokerException">bad_request.</exception>
    public static MediaKey ToKey(long documentId, PictureRef? picture) =>
        picture switch
        {
            null => new MediaKey(FileKind.Document, documentId, ""),
            { SizeType: not { Length: > 0 and <= 8 } } => throw new BrokerException(
                BrokerCodes.BadRequest,
                "picture.size_type has 1 to 8 characters"
            ),
            { Of: "photo" } => new MediaKey(FileKind.Photo, documentId, picture.SizeType),
            { Of: "document" } => new MediaKey(FileKind.Document, documentId, picture.SizeType),
            _ => throw new BrokerException(BrokerCodes.BadRequest, "picture.of is photo or document"),
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
        if (origin is not { Kind: null } and not { Kind: Story, Username: not null, Post: null })
            throw new BrokerException(BrokerCodes.BadRequest, "origin.kind is story, with a username, or left out");
        if (origin.Post is { } post && post is not { PeerKind: "channel", Post: null })
            throw new BrokerException(BrokerCodes.BadRequest, "origin.post is a message of a channel");
        return new MediaOrigin(origin.Username, kind, origin.PeerId, origin.MessageId)
        {
            IsStory = origin.Kind is Story,
            Post = origin.Post is { } below ? ToOrigin(below) : null,
        };
    }

    /// <summary>A location for a lease.</summary>
    public static LeaseLocation ToLocation(FileLocation location) =>
        new()
        {
            DocumentId = location.DocumentId,
            Picture = ToPicture(location.Key),
            AccessHash = location.AccessHash,
            FileReference = location.FileReference,
        };

    /// <summary>Key of a chat for the lease table.</summary>
    public static string ChatOf(MediaOrigin origin) =>
        string.Create(CultureInfo.InvariantCulture, $"{KindText(origin.PeerKind)}:{origin.PeerId}");

    static OriginRef ToRef(MediaOrigin origin) =>
        new()
        {
            Username = origin.Username,
            PeerKind = KindText(origin.PeerKind),
            PeerId = origin.PeerId,
            MessageId = origin.MessageId,
            Kind = origin.IsStory ? Story : null,
            Post = origin.Post is { } post ? ToRef(post) : null,
        };

    static ThumbItem ToThumb(MediaThumb thumb) =>
        new()
        {
            SizeType = thumb.Type,
            Width = thumb.Width,
            Height = thumb.Height,
            SizeBytes = thumb.Bytes,
            Bytes = thumb.Form == ThumbForm.Remote ? null : thumb.Inline.ToArray(),
            Stripped = thumb.Form == ThumbForm.Stripped ? true : null,
        };

    static PictureRef? ToPicture(MediaKey key) =>
        key.SizeType.Length == 0
            ? null
            : new PictureRef { Of = key.Kind == FileKind.Photo ? "photo" : "document", SizeType = key.SizeType };

    static QualityItem ToQuality(ResolvedMedia alternative) =>
        new()
        {
            DocumentId = alternative.Description.DocumentId,
            SizeBytes = alternative.Description.Size,
            MimeType = alternative.Description.MimeType,
            Dc = alternative.Description.Dc,
            Width = alternative.Description.Width,
            Height = alternative.Description.Height,
            Codec = alternative.Description.Codec,
        };

    static string KindText(PeerKind kind) =>
        kind switch
        {
            PeerKind.Channel => "channel",
            PeerKind.Chat => "chat",
            _ => "user",
        };
}
