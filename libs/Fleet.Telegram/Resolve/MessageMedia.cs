using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Takes the document out of a message.</summary>
static class MessageMedia
{
    /// <exception cref="ResolveException">message_not_found, no_media.</exception>
    public static ResolvedMedia Read(MessagesChannelMessages answer, long channelId, int messageId)
    {
        var message = answer.Messages.FirstOrDefault(m => m is not MessageEmpty && IdOf(m) == messageId);
        return message switch
        {
            null => throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such message."),
            Message m when DocumentOrNull(m.Media) is { } document => Read(m, document, answer.Chats, channelId),
            _ => throw new ResolveException(ResolveErrors.NoMedia, "The message holds no file."),
        };
    }

    static ResolvedMedia Read(Message message, Document document, ChatBase[] chats, long channelId)
    {
        var chat = chats.OfType<Channel>().FirstOrDefault(c => c.Id == channelId);
        var video = Attribute<DocumentAttributeVideo>(document);
        var audio = Attribute<DocumentAttributeAudio>(document);
        var image = Attribute<DocumentAttributeImageSize>(document);
        var description = new MediaDescription
        {
            DocumentId = document.Id,
            Size = document.Size,
            MimeType = document.MimeType.Length > 0 ? document.MimeType : "application/octet-stream",
            Dc = document.DcId,
            FileName = Attribute<DocumentAttributeFilename>(document)?.FileName,
            Duration = Seconds(video?.Duration ?? audio?.Duration),
            Width = video?.W ?? image?.W,
            Height = video?.H ?? image?.H,
            Protected = message.Noforwards || chat is { Noforwards: true },
            Caption = message.MessageValue.Length > 0 ? message.MessageValue : null,
        };
        var origin = new MediaOrigin(chat?.Username?.ToLowerInvariant(), PeerKind.Channel, channelId, message.Id);
        var location = new FileLocation(document.Id, document.AccessHash, document.FileReference);
        return new ResolvedMedia(description, origin, location);
    }

    static Document? DocumentOrNull(MessageMediaBase? media) =>
        media switch
        {
            MessageMediaDocument { Document: Document document } => document,
            MessageMediaWebPage { Webpage: WebPage { Document: Document document } } => document,
            _ => null,
        };

    static T? Attribute<T>(Document document)
        where T : DocumentAttributeBase => document.Attributes.OfType<T>().FirstOrDefault();

    /// <summary>The sender wrote it: no number, a negative one or an absurd one counts as none.</summary>
    static TimeSpan? Seconds(double? seconds) =>
        seconds is > 0 and < 100_000_000 ? TimeSpan.FromSeconds(seconds.Value) : null;

    static int IdOf(MessageBase message) =>
        message switch
        {
            Message m => m.Id,
            MessageService m => m.Id,
            _ => 0,
        };
}
