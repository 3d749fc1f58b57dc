using System.Globalization;
using Fleet.MtProto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>What is behind an invitation. It names a chat and no message, so nothing can be downloaded from it; whether the chat
/// can be read is told.</summary>
/// <remarks>https://core.telegram.org/api/invites</remarks>
sealed class Invitations(ResolveCalls calls, PeerBook peers)
{
    /// <summary>Looks without joining.</summary>
    /// <returns>invite_names_no_message: the account can read the chat, at least for a while; source_private: it cannot.</returns>
    public async Task<ResolveException> LookAsync(InviteLink link, CancellationToken ct)
    {
        switch (await calls.CallAsync(new MessagesCheckChatInvite { Hash = link.Hash }, ct))
        {
            case ChatInviteAlready { Chat: var chat }:
                peers.Meet([chat]);
                return Readable(chat, "");
            case ChatInvitePeek { Chat: var chat, Expires: var expires }:
                peers.Meet([chat]);
                var until = DateTimeOffset.FromUnixTimeSeconds(expires);
                return Readable(chat, string.Create(CultureInfo.InvariantCulture, $" until {until:u}"));
            case ChatInvite { RequestNeeded: true }:
                return new ResolveException(
                    ResolveErrors.SourcePrivate,
                    "No account is in the chat, and somebody there must let one in."
                );
            default:
                return new ResolveException(ResolveErrors.SourcePrivate, "No account is in the chat.");
        }
    }

    /// <summary>Joins; nothing when the account is in the chat already.</summary>
    /// <exception cref="ResolveException">source_private: it has asked to be let in, or may not join; message_not_found.</exception>
    public async Task JoinAsync(InviteLink link, CancellationToken ct)
    {
        try
        {
            if (await calls.CallAsync(new MessagesImportChatInvite { Hash = link.Hash }, ct) is Updates joined)
                peers.Meet(joined.Chats, joined.Users);
        }
        catch (RpcException e) when (e.Is("USER_ALREADY_PARTICIPANT"))
        {
            // which was wanted
        }
    }

    static ResolveException Readable(ChatBase chat, string until) =>
        new(
            ResolveErrors.InviteNamesNoMessage,
            chat is Channel channel
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"An invitation names no message. The chat can be read{until}: link a message of it, https://t.me/c/{channel.Id}/…"
                )
                : "An invitation names no message, and messages of a basic group have no links."
        );
}
