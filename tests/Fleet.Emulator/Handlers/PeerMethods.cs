using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>Who is who: users, user names, channels, and the list of dialogs.</summary>
static class PeerMethods
{
    const int MaxDialogs = 100;

    public static void AddTo(MethodTable table)
    {
        table.Add<UsersGetUsers>("users.getUsers", GetUsers);
        table.Add<ContactsResolveUsername>("contacts.resolveUsername", ResolveUsername);
        table.Add<ChannelsGetChannels>("channels.getChannels", GetChannels);
        table.Add<MessagesGetChats>("messages.getChats", GetChats);
        table.Add<MessagesGetDialogs>("messages.getDialogs", GetDialogs, usersOnly: true);
    }

    /// <summary>The channel that the caller names by id and by its own access hash, and may see.</summary>
    public static EmulatedChat ChannelOf(Call call, long id, long accessHash)
    {
        if (call.World.ChatOrNull(id) is not { IsChannel: true } chat)
            throw new RpcException(400, "CHANNEL_INVALID");
        // Bots may leave the access hash out for chats that they are in.
        var botInside = call.Account.IsBot && accessHash == 0 && chat.IsMember(call.Account);
        if (!botInside && accessHash != call.World.Seals.AccessHash(call.Account, id))
            throw new RpcException(400, "CHANNEL_INVALID");
        return chat.IsVisibleTo(call.Account, call.Now) ? chat : throw new RpcException(400, "CHANNEL_PRIVATE");
    }

    static VectorAnswer GetUsers(Call call, UsersGetUsers request)
    {
        var users = new List<UserBase>();
        foreach (var input in request.Id.Take(200))
        {
            var user = input switch
            {
                InputUserSelf => call.Account,
                InputUser other when other.AccessHash == call.World.Seals.AccessHash(call.Account, other.UserId) =>
                    call.World.AccountOrNull(other.UserId),
                _ => null,
            };
            if (user is not null)
                users.Add(Shapes.User(call.World, call.Account, user));
        }
        return new VectorAnswer(users);
    }

    static Answer ResolveUsername(Call call, ContactsResolveUsername request)
    {
        var name = request.Username.TrimStart('@');
        if (name.Length is < 4 or > 32 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new RpcException(400, "USERNAME_INVALID");
        if (call.World.ChatOrNull(name) is { } chat)
        {
            return new ContactsResolvedPeer
            {
                Peer = Shapes.Peer(call.Account, chat),
                Chats = [Shapes.Chat(call.World, call.Account, chat)],
                Users = [],
            };
        }
        var user = call.World.AccountByNameOrNull(name) ?? throw new RpcException(400, "USERNAME_NOT_OCCUPIED");
        return new ContactsResolvedPeer
        {
            Peer = new PeerUser { UserId = user.UserId },
            Chats = [],
            Users = [Shapes.User(call.World, call.Account, user)],
        };
    }

    static Answer GetChannels(Call call, ChannelsGetChannels request) =>
        new MessagesChats
        {
            Chats =
            [
                .. request
                    .Id.Take(100)
                    .Select(input =>
                        input is InputChannel channel
                            ? ChannelOf(call, channel.ChannelId, channel.AccessHash)
                            : throw new RpcException(400, "CHANNEL_INVALID")
                    )
                    .Select(chat => Shapes.Chat(call.World, call.Account, chat)),
            ],
        };

    static Answer GetChats(Call call, MessagesGetChats request) =>
        new MessagesChats
        {
            Chats =
            [
                .. request
                    .Id.Take(100)
                    .Select(id => call.World.ChatOrNull(id))
                    .Where(chat => chat is { Kind: ChatKind.Group } && chat.IsMember(call.Account))
                    .Select(chat => Shapes.Chat(call.World, call.Account, chat!)),
            ],
        };

    static Answer GetDialogs(Call call, MessagesGetDialogs request)
    {
        var chats = call
            .World.Chats.Where(chat => chat.IsMember(call.Account) && chat.Messages.Count > 0)
            .Select(chat => (Chat: chat, Top: chat.Messages[^1]))
            .OrderByDescending(d => d.Top.Date)
            .ThenByDescending(d => d.Chat.Id)
            .ToList();
        var skip =
            1
            + chats.FindIndex(d =>
                PeerIdOf(call.Account, d.Chat) == IdOf(request.OffsetPeer) && d.Top.Id == request.OffsetId
            );
        var page = chats.Skip(skip).Take(Math.Clamp(request.Limit, 1, MaxDialogs)).ToList();
        return new MessagesDialogsSlice
        {
            Count = chats.Count,
            Dialogs = [.. page.Select(d => DialogOf(call.Account, d.Chat, d.Top))],
            Messages = [.. page.Select(d => Shapes.Message(call.World, call.Account, d.Top))],
            Chats = Shapes.Chats(call.World, call.Account, page.Select(d => d.Chat)),
            Users = Shapes.Users(call.World, call.Account, page.Select(d => d.Chat)),
        };
    }

    static Dialog DialogOf(EmulatedAccount viewer, EmulatedChat chat, EmulatedMessage top) =>
        new()
        {
            Peer = Shapes.Peer(viewer, chat),
            TopMessage = top.Id,
            ReadInboxMaxId = top.Id,
            ReadOutboxMaxId = top.Id,
            UnreadCount = 0,
            UnreadMentionsCount = 0,
            UnreadReactionsCount = 0,
            NotifySettings = new PeerNotifySettings(),
            Pts = chat.IsChannel ? 1 : null,
        };

    static long PeerIdOf(EmulatedAccount viewer, EmulatedChat chat) =>
        chat.Kind == ChatKind.Private ? chat.OtherThan(viewer) : chat.Id;

    static long IdOf(InputPeerBase peer) =>
        peer switch
        {
            InputPeerChannel channel => channel.ChannelId,
            InputPeerChat chat => chat.ChatId,
            InputPeerUser user => user.UserId,
            _ => 0,
        };
}
