using Fleet.Emulator.Worlds;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>Invitations: looking at one, and joining by one.</summary>
/// <remarks>https://core.telegram.org/api/invites</remarks>
static class InviteMethods
{
    public static void AddTo(MethodTable table)
    {
        table.Add<MessagesCheckChatInvite>("messages.checkChatInvite", Check, usersOnly: true);
        table.Add<MessagesImportChatInvite>("messages.importChatInvite", Import, usersOnly: true);
    }

    static Answer Check(Call call, MessagesCheckChatInvite request)
    {
        var (chat, invite) = Find(call, request.Hash);
        if (chat.IsMember(call.Account))
            return new ChatInviteAlready { Chat = Shapes.Chat(call.World, call.Account, chat) };
        if (invite.Peek is { } peek)
        {
            var until = call.Now + peek;
            chat.Peek(call.Account, until);
            return new ChatInvitePeek
            {
                Chat = Shapes.Chat(call.World, call.Account, chat),
                Expires = (int)until.ToUnixTimeSeconds(),
            };
        }
        return new ChatInvite
        {
            Channel = chat.IsChannel,
            Broadcast = chat.Kind == ChatKind.Channel,
            Megagroup = chat.Kind == ChatKind.Supergroup,
            RequestNeeded = invite.RequestNeeded,
            Title = chat.Title,
            Photo = new PhotoEmpty { Id = 0 },
            ParticipantsCount = 2,
            Color = 0,
        };
    }

    static Answer Import(Call call, MessagesImportChatInvite request)
    {
        var (chat, invite) = Find(call, request.Hash);
        if (chat.IsMember(call.Account))
            throw new RpcException(400, "USER_ALREADY_PARTICIPANT");
        if (invite.RequestNeeded)
            throw new RpcException(400, "INVITE_REQUEST_SENT");
        chat.Join(call.Account);
        return new Updates
        {
            UpdatesValue = [],
            Users = [],
            Chats = Shapes.Chats(call.World, call.Account, [chat]),
            Date = call.UnixNow,
            Seq = 0,
        };
    }

    static (EmulatedChat Chat, EmulatedInvite Invite) Find(Call call, string hash) =>
        call.World.ChatByInviteOrNull(hash) is { Invite: { } invite } chat
            ? (chat, invite)
            : throw new RpcException(400, "INVITE_HASH_EXPIRED");
}
