using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Takes the file out of a message: its document with everything that belongs to it, or the largest size of its photo.</summary>
static class MessageMedia
{
    const string AnyType = "application/octet-stream";

    /// <param name="messages">What Telegram answered.</param>
    /// <param name="chats">The chats that belong to them.</param>
    /// <param name="kind">Kind of the wanted message's chat.</param>
    /// <param name="peerId">Bare id of that chat.</param>
    /// <param name="messageId">Id of the wanted message.</param>
    /// <exception cref="ResolveException">message_not_found, no_media.</exception>
    public static ResolvedMedia Read(
        MessageBase[] messages,
        ChatBase[] chats,
        PeerKind kind,
        long peerId,
        int messageId
    )
    {
        var message = messages.FirstOrDefault(m => IdOf(m) == (messageId, kind, peerId));
        if (message is null)
            throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such message.");
        var (username, protects) =
            chats.Select(c => ChatOrNull(c, kind, peerId)).FirstOrDefault(c => c is not null) ?? ("", false);
        var origin = new MediaOrigin(username.Length > 0 ? username : null, kind, peerId, messageId);
        var found = message is Message { Media: { } media } m
            ? ReadOrNull(media, new Source(m, origin, protects))
            : null;
        return found ?? throw new ResolveException(ResolveErrors.NoMedia, "The message holds no file.");
    }

    static ResolvedMedia? ReadOrNull(MessageMediaBase media, Source source) =>
        media switch
        {
            MessageMediaDocument { Document: Document document } m => WithAlternatives(
                Read(document, source),
                m.AltDocuments ?? [],
                source
            ),
            MessageMediaPhoto { Photo: Photo photo } => ReadOrNull(photo, source),
            MessageMediaWebPage { Webpage: WebPage { Document: Document document } } => Read(document, source),
            _ => null,
        };

    static ResolvedMedia Read(Document document, Source source)
    {
        var video = Attribute<DocumentAttributeVideo>(document);
        var audio = Attribute<DocumentAttributeAudio>(document);
        var image = Attribute<DocumentAttributeImageSize>(document);
        var description = source.Describe(document.Id, document.DcId, document.Size) with
        {
            MimeType = document.MimeType.Length > 0 ? document.MimeType : AnyType,
            FileName = Attribute<DocumentAttributeFilename>(document)?.FileName,
            Duration = Seconds(video?.Duration ?? audio?.Duration),
            Width = video?.W ?? image?.W,
            Height = video?.H ?? image?.H,
            Codec = TextOrNull(video?.VideoCodec),
            SupportsStreaming = video is { SupportsStreaming: true },
            Title = TextOrNull(audio?.Title),
            Performer = TextOrNull(audio?.Performer),
            Thumbs = PictureSizes.Read(document.Thumbs),
        };
        var location = new FileLocation(document.Id, document.AccessHash, document.FileReference);
        return new ResolvedMedia(description, source.Origin, location);
    }

    /// <summary>The largest size that can be downloaded; the others are its thumbs.</summary>
    static ResolvedMedia? ReadOrNull(Photo photo, Source source)
    {
        var sizes = PictureSizes.Read(photo.Sizes);
        if (sizes.LastOrDefault(s => s.Form == ThumbForm.Remote) is not { } largest)
            return null;
        var description = source.Describe(photo.Id, photo.DcId, largest.Bytes) with
        {
            Kind = FileKind.Photo,
            SizeType = largest.Type,
            MimeType = "image/jpeg",
            Width = largest.Width,
            Height = largest.Height,
            Thumbs = [.. sizes.Where(s => s != largest)],
        };
        var location = new FileLocation(photo.Id, photo.AccessHash, photo.FileReference)
        {
            Kind = FileKind.Photo,
            SizeType = largest.Type,
        };
        return new ResolvedMedia(description, source.Origin, location);
    }

    /// <summary>Only videos: among the documents are playlists and storyboards too.</summary>
    static ResolvedMedia WithAlternatives(ResolvedMedia media, DocumentBase[] documents, Source source)
    {
        ResolvedMedia[] alternatives =
        [
            .. documents
                .OfType<Document>()
                .Where(d => d.MimeType.StartsWith("video/", StringComparison.Ordinal))
                .Where(d => Attribute<DocumentAttributeVideo>(d) is not null && d.Id != media.Description.DocumentId)
                .Select(d => Read(d, source)),
        ];
        var qualities = alternatives.Select(a => new MediaQuality(
            a.Description.DocumentId,
            a.Description.Size,
            a.Description.MimeType
        )
        {
            Width = a.Description.Width,
            Height = a.Description.Height,
            Codec = a.Description.Codec,
        });
        return media with
        {
            Description = media.Description with { Qualities = [.. qualities] },
            Alternatives = alternatives,
        };
    }

    static T? Attribute<T>(Document document)
        where T : DocumentAttributeBase => document.Attributes.OfType<T>().FirstOrDefault();

    /// <summary>The sender wrote it: no number, a negative one or an absurd one counts as none.</summary>
    static TimeSpan? Seconds(double? seconds) =>
        seconds is > 0 and < 100_000_000 ? TimeSpan.FromSeconds(seconds.Value) : null;

    static string? TextOrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>Public name, empty for none, and whether saving is forbidden; null for another chat.</summary>
    static (string Username, bool Protects)? ChatOrNull(ChatBase chat, PeerKind kind, long id) =>
        chat switch
        {
            Channel c when kind == PeerKind.Channel && c.Id == id => (
                c.Username?.ToLowerInvariant() ?? "",
                c.Noforwards
            ),
            Chat c when kind == PeerKind.Chat && c.Id == id => ("", c.Noforwards),
            _ => null,
        };

    static (int Message, PeerKind Kind, long Peer)? IdOf(MessageBase message) =>
        message switch
        {
            Message m => IdOf(m.Id, m.PeerId),
            MessageService m => IdOf(m.Id, m.PeerId),
            _ => null,
        };

    static (int Message, PeerKind Kind, long Peer)? IdOf(int id, PeerBase peer) =>
        peer switch
        {
            PeerChannel p => (id, PeerKind.Channel, p.ChannelId),
            PeerChat p => (id, PeerKind.Chat, p.ChatId),
            PeerUser p => (id, PeerKind.User, p.UserId),
            _ => null,
        };

    /// <summary>What all files of a message have in common.</summary>
    sealed record Source(Message Message, MediaOrigin Origin, bool ChatProtects)
    {
        public MediaDescription Describe(long id, int dc, long size) =>
            new()
            {
                DocumentId = id,
                Dc = dc,
                Size = size,
                MimeType = AnyType,
                Date = DateTimeOffset.FromUnixTimeSeconds(Message.Date),
                Protected = Message.Noforwards || ChatProtects,
                Caption = TextOrNull(Message.MessageValue),
            };
    }
}
