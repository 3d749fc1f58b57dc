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
            Forum = chat.IsForum,
            HasLink = chat.Linked is not null,
            Noforwards = chat.NoForwards,
            Left = !chat.IsMember(viewer),
        };
    }

    /// <summary>The chats among them that are no private ones.</summary>
    public static ChatBase[] Chats(World world, EmulatedAccount viewer, IEnumerable<EmulatedChat> chats) =>
        [.. chats.Where(c => c.Kind != ChatKind.Private).Select(c => Chat(world, viewer, c))];

    /// <summary>Whom the viewer talks to in the private ones among them.</summary>
    public static UserBase[] Users(World world, EmulatedAccount viewer, IEnumerable<EmulatedChat> chats) =>
        [
            .. chats
                .Where(c => c.Kind == ChatKind.Private)
                .Select(c => world.AccountOrNull(c.OtherThan(viewer)))
                .OfType<EmulatedAccount>()
                .Select(other => User(world, viewer, other)),
        ];

    public static PeerBase Peer(EmulatedAccount viewer, EmulatedChat chat) =>
        chat.Kind switch
        {
            ChatKind.Group => new PeerChat { ChatId = chat.Id },
            ChatKind.Private => new PeerUser { UserId = chat.OtherThan(viewer) },
            _ => new PeerChannel { ChannelId = chat.Id },
        };

    public static MessageBase Message(World world, EmulatedAccount viewer, EmulatedMessage message) =>
        message.Ties.Topic is { } topic
            ? new MessageService
            {
                Id = message.Id,
                PeerId = Peer(viewer, message.Chat),
                Date = (int)message.Date.ToUnixTimeSeconds(),
                Action = new MessageActionTopicCreate { Title = topic, IconColor = 0x6FB9F0 },
            }
            : Content(world, viewer, message);

    static Message Content(World world, EmulatedAccount viewer, EmulatedMessage message) =>
        new()
        {
            Id = message.Id,
            Post = message.Chat.Kind == ChatKind.Channel,
            PeerId = Peer(viewer, message.Chat),
            Date = (int)message.Date.ToUnixTimeSeconds(),
            MessageValue = message.Text,
            GroupedId = message.Ties.GroupedId,
            FwdFrom = message.Ties.Post is { } post
                ? new MessageFwdHeader
                {
                    FromId = Peer(viewer, post.Chat),
                    Date = (int)post.Date.ToUnixTimeSeconds(),
                    ChannelPost = post.Id,
                }
                : null,
            ReplyTo = message.Ties.ThreadId is { } thread
                ? new MessageReplyHeader { ReplyToMsgId = thread, ForumTopic = message.Chat.IsForum }
                : null,
            Replies = message.Chat is { Kind: ChatKind.Channel, Linked: { } group }
                ? new MessageReplies
                {
                    Comments = true,
                    Replies = 0,
                    RepliesPts = 1,
                    ChannelId = group.Id,
                }
                : null,
            Media = Media(world, viewer, message.Document ?? (EmulatedFile?)message.Photo),
        };

    /// <summary>Null for no file.</summary>
    public static MessageMediaBase? Media(World world, EmulatedAccount viewer, EmulatedFile? file) =>
        file switch
        {
            EmulatedDocument document => new MessageMediaDocument
            {
                Document = Document(world, viewer, document),
                AltDocuments =
                    document.Alternatives.Count > 0
                        ? [.. document.Alternatives.Select(d => Document(world, viewer, d))]
                        : null,
                Video = document.Kind == MediaKind.Video,
            },
            EmulatedPhoto photo => new MessageMediaPhoto { Photo = Photo(world, viewer, photo) },
            _ => null,
        };

    public static PhotoBase Photo(World world, EmulatedAccount viewer, EmulatedPhoto photo) =>
        new Photo
        {
            Id = photo.Id,
            AccessHash = world.Seals.AccessHash(viewer, photo.Id),
            FileReference = world.Seals.FileReference(viewer, photo),
            Date = Founded,
            Sizes = [.. photo.Sizes.Select(Size)],
            DcId = photo.Dc,
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
            Thumbs = document.Thumbs.Count > 0 ? [.. document.Thumbs.Select(Size)] : null,
            DcId = document.Dc,
            Attributes = [.. Attributes(document)],
        };

    static PhotoSizeBase Size(EmulatedPicture picture)
    {
        var declared = picture.DeclaredBytes ?? (int)picture.Content.Size;
        return picture.Form switch
        {
            PictureForm.Plain => new PhotoSize
            {
                Type = picture.Type,
                W = picture.Width,
                H = picture.Height,
                Size = declared,
            },
            PictureForm.Progressive => new PhotoSizeProgressive
            {
                Type = picture.Type,
                W = picture.Width,
                H = picture.Height,
                Sizes = [declared / 4, declared / 2, declared],
            },
            PictureForm.Cached => new PhotoCachedSize
            {
                Type = picture.Type,
                W = picture.Width,
                H = picture.Height,
                Bytes = picture.ReadAll(),
            },
            _ => new PhotoStrippedSize { Type = picture.Type, Bytes = picture.ReadAll() },
        };
    }

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
                VideoCodec = document.Codec,
            };
        }
        if (document.Kind == MediaKind.Audio)
        {
            yield return new DocumentAttributeAudio
            {
                Duration = (int)document.DurationSeconds,
                Title = document.Title,
                Performer = document.Performer,
            };
        }
        yield return new DocumentAttributeFilename { FileName = document.FileName };
    }
}
