using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;

namespace Fleet.Emulator.Handlers;

/// <summary>The world as one account sees it, in TL.</summary>
static class Shapes
{
    /// <summary>2024-01-01, the age of everything that has no date of its own.</summary>
    const int Founded = 1_704_067_200;

    public static UserBase User(World world, EmulatedAccount viewer, EmulatedAccount user)
    {
        var self = viewer.UserId == user.UserId;
        return new User
        {
            Self = self,
            Bot = user.IsBot,
            BotInfoVersion = user.IsBot ? 1 : null,
            Premium = user.Premium,
            Id = user.UserId,
            AccessHash = world.Seals.AccessHash(viewer, user.UserId),
            FirstName = user.FirstName,
            Username = user.Username,
            Phone = self ? user.Phone : null,
        };
    }

    public static ChatBase Chat(World world, EmulatedAccount viewer, EmulatedChat chat)
    {
        if (!chat.IsChannel)
        {
            return new Chat
            {
                Id = chat.Id,
                Title = chat.Title,
                Photo = new ChatPhotoEmpty(),
                ParticipantsCount = 2,
                Date = Founded,
                Version = 1,
                Noforwards = chat.NoForwards,
            };
        }
        return new Channel
        {
            Id = chat.Id,
            AccessHash = world.Seals.AccessHash(viewer, chat.Id),
            Title = chat.Title,
            Username = chat.Username,
            Photo = new ChatPhotoEmpty(),
            Date = Founded,
            Broadcast = chat.Kind == ChatKind.Channel,
            Megagroup = chat.Kind == ChatKind.Supergroup,
            Noforwards = chat.NoForwards,
            Left = !chat.IsMember(viewer),
        };
    }

    public static PeerBase Peer(EmulatedChat chat) =>
        chat.IsChannel ? new PeerChannel { ChannelId = chat.Id } : new PeerChat { ChatId = chat.Id };

    public static MessageBase Message(World world, EmulatedAccount viewer, EmulatedMessage message) =>
        new Message
        {
            Id = message.Id,
            Post = message.Chat.Kind == ChatKind.Channel,
            PeerId = Peer(message.Chat),
            Date = (int)message.Date.ToUnixTimeSeconds(),
            MessageValue = message.Text,
            Media = message.Document is { } document
                ? new MessageMediaDocument
                {
                    Document = Document(world, viewer, document),
                    Video = document.Kind == MediaKind.Video,
                }
                : null,
        };

    public static DocumentBase Document(World world, EmulatedAccount viewer, EmulatedDocument document) =>
        new Document
        {
            Id = document.Id,
            AccessHash = world.Seals.AccessHash(viewer, document.Id),
            FileReference = world.Seals.FileReference(viewer, document),
            Date = Founded,
            MimeType = document.MimeType,
            Size = document.Size,
            DcId = document.Dc,
            Attributes = [.. Attributes(document)],
        };

    static IEnumerable<DocumentAttributeBase> Attributes(EmulatedDocument document)
    {
        if (document.Kind == MediaKind.Video)
        {
            yield return new DocumentAttributeVideo
            {
                Duration = document.DurationSeconds,
                W = document.Width,
                H = document.Height,
                SupportsStreaming = true,
            };
        }
        if (document.Kind == MediaKind.Audio)
            yield return new DocumentAttributeAudio { Duration = (int)document.DurationSeconds };
        yield return new DocumentAttributeFilename { FileName = document.FileName };
    }
}
