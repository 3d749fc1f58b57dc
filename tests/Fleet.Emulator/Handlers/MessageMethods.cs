using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>Messages by id and by history.</summary>
static class MessageMethods
{
    const int MaxPage = 100;

    public static void AddTo(MethodTable table)
    {
        table.Add<ChannelsGetMessages>("channels.getMessages", GetChannelMessages);
        table.Add<MessagesGetMessages>("messages.getMessages", GetMessages);
        table.Add<MessagesGetHistory>("messages.getHistory", GetHistory, usersOnly: true);
        table.Add<MessagesGetDiscussionMessage>("messages.getDiscussionMessage", GetDiscussion, usersOnly: true);
    }

    static Answer GetChannelMessages(Call call, ChannelsGetMessages request)
    {
        var chat = request.Channel is InputChannel channel
            ? PeerMethods.ChannelOf(call, channel.ChannelId, channel.AccessHash)
            : throw new RpcException(400, "CHANNEL_INVALID");
        var messages = IdsOf(request.Id)
            .Select(id =>
                chat.MessageOrNull(id) is { } message
                    ? Shapes.Message(call.World, call.Account, message)
                    : new MessageEmpty { Id = id, PeerId = Shapes.Peer(call.Account, chat) }
            );
        return ChannelMessages(call, chat, [.. messages], chat.Messages.Count);
    }

    static Answer GetMessages(Call call, MessagesGetMessages request)
    {
        var groups = call.World.Chats.Where(chat => !chat.IsChannel && chat.IsMember(call.Account)).ToList();
        var messages = IdsOf(request.Id)
            .Select(id => (Id: id, Message: groups.Select(g => g.MessageOrNull(id)).FirstOrDefault(m => m is not null)))
            .ToList();
        return new MessagesMessages
        {
            Messages =
            [
                .. messages.Select(m =>
                    m.Message is null
                        ? new MessageEmpty { Id = m.Id }
                        : Shapes.Message(call.World, call.Account, m.Message)
                ),
            ],
            Topics = [],
            Chats = Shapes.Chats(call.World, call.Account, Chats(messages)),
            Users = Shapes.Users(call.World, call.Account, Chats(messages)),
        };

        static IEnumerable<EmulatedChat> Chats(IEnumerable<(int Id, EmulatedMessage? Message)> messages) =>
            messages.Select(m => m.Message?.Chat).OfType<EmulatedChat>().Distinct();
    }

    /// <summary>Newest first; offset_id exclusive, add_offset moves the window, min_id and max_id are exclusive.</summary>
    static Answer GetHistory(Call call, MessagesGetHistory request)
    {
        var chat = ChatOf(call, request.Peer);
        var all = chat.Messages.Reverse().ToList();
        var start = request.OffsetId == 0 ? 0 : all.FindIndex(m => m.Id < request.OffsetId);
        if (start < 0)
            start = all.Count;
        var limit = Math.Clamp(request.Limit, 1, MaxPage);
        var first = start + request.AddOffset;
        var page = all.Skip(Math.Max(0, first))
            .Take(Math.Max(0, limit + Math.Min(0, first)))
            .Where(m => (request.MaxId == 0 || m.Id < request.MaxId) && m.Id > request.MinId)
            .Where(m => request.OffsetDate == 0 || m.Date.ToUnixTimeSeconds() < request.OffsetDate)
            .Select(m => Shapes.Message(call.World, call.Account, m))
            .ToArray();
        if (chat.IsChannel)
            return ChannelMessages(call, chat, page, all.Count);
        return new MessagesMessagesSlice
        {
            Count = all.Count,
            Messages = page,
            Topics = [],
            Chats = Shapes.Chats(call.World, call.Account, [chat]),
            Users = Shapes.Users(call.World, call.Account, [chat]),
        };
    }

    /// <summary>Of a channel post: what stands for it in the discussion group. In a group: the message itself.</summary>
    static Answer GetDiscussion(Call call, MessagesGetDiscussionMessage request)
    {
        var chat = ChatOf(call, request.Peer);
        var root = chat.MessageOrNull(request.MsgId) is { } message
            ? chat.Kind == ChatKind.Channel
                ? call.World.DiscussionOf(message)
                : message
            : null;
        if (root is null)
            throw new RpcException(400, "MSG_ID_INVALID");
        return new MessagesDiscussionMessage
        {
            Messages = [Shapes.Message(call.World, call.Account, root)],
            UnreadCount = 0,
            Chats = Shapes.Chats(call.World, call.Account, new[] { chat, root.Chat }.Distinct()),
            Users = [],
        };
    }

    static EmulatedChat ChatOf(Call call, InputPeerBase peer) =>
        peer switch
        {
            InputPeerChannel channel => PeerMethods.ChannelOf(call, channel.ChannelId, channel.AccessHash),
            InputPeerChat input
                when call.World.ChatOrNull(input.ChatId) is { Kind: ChatKind.Group } chat
                    && chat.IsMember(call.Account) => chat,
            InputPeerUser input
                when input.AccessHash == call.World.Seals.AccessHash(call.Account, input.UserId)
                    && call.World.PrivateChatOrNull(call.Account, input.UserId) is { } chat => chat,
            _ => throw new RpcException(400, "PEER_ID_INVALID"),
        };

    static IEnumerable<int> IdsOf(InputMessageBase[] ids) =>
        ids.Take(MaxPage)
            .Select(id => id is InputMessageID byId ? byId.Id : throw new RpcException(400, "MESSAGE_IDS_EMPTY"));

    static MessagesChannelMessages ChannelMessages(Call call, EmulatedChat chat, MessageBase[] messages, int count) =>
        new()
        {
            Pts = 1,
            Count = count,
            Messages = messages,
            Topics = [],
            Chats = [Shapes.Chat(call.World, call.Account, chat)],
            Users = [],
        };
}
