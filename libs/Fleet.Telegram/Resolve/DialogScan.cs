using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>Goes through the account's dialogs until a channel turns up.</summary>
sealed class DialogScan(Takeout calls, TimeProvider time)
{
    const int PageSize = 100;
    const int MaxPages = 50;

    /// <summary>Dialogs are not read again sooner: a link to a chat the account is not in must not cost fifty calls each time.</summary>
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>The main list and the archive.</summary>
    static readonly int[] Folders = [0, 1];

    readonly SemaphoreSlim _gate = new(1, 1);
    DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <summary>Notes the channels of the dialogs in <paramref name="peers"/>; stops early when the wanted one is there.</summary>
    public async Task RunAsync(long wanted, PeerBook peers, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (peers.ChannelOrNull(wanted) is not null || time.GetUtcNow() < _next)
                return;
            foreach (var folder in Folders)
            {
                if (await ScanAsync(folder, wanted, peers, ct))
                    return;
            }
            _next = time.GetUtcNow() + Interval;
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task<bool> ScanAsync(int folder, long wanted, PeerBook peers, CancellationToken ct)
    {
        var call = new MessagesGetDialogs
        {
            FolderId = folder,
            OffsetDate = 0,
            OffsetId = 0,
            OffsetPeer = new InputPeerEmpty(),
            Limit = PageSize,
            Hash = 0,
        };
        for (var page = 0; page < MaxPages; page++)
        {
            var (dialogs, messages, chats, users, complete) = await calls.CallAsync(call, ct) switch
            {
                MessagesDialogs all => (all.Dialogs, all.Messages, all.Chats, all.Users, true),
                MessagesDialogsSlice some => (some.Dialogs, some.Messages, some.Chats, some.Users, false),
                _ => ([], [], [], [], true),
            };
            peers.Meet(chats);
            if (peers.ChannelOrNull(wanted) is not null)
                return true;
            if (complete || NextOrNull(call, dialogs, messages, chats, users) is not { } next)
                return false;
            call = next;
        }
        return false;
    }

    /// <summary>The page after the last dialog of this one; null when there is nothing to go by.</summary>
    static MessagesGetDialogs? NextOrNull(
        MessagesGetDialogs call,
        DialogBase[] dialogs,
        MessageBase[] messages,
        ChatBase[] chats,
        UserBase[] users
    )
    {
        if (
            dialogs.OfType<Dialog>().LastOrDefault() is not { } last
            || InputOrNull(last.Peer, chats, users) is not { } peer
        )
            return null;
        var date = messages.Select(m => DateOrNull(m, last)).FirstOrDefault(d => d is not null);
        if (last.TopMessage == call.OffsetId && date == call.OffsetDate)
            return null;
        return new MessagesGetDialogs
        {
            FolderId = call.FolderId,
            OffsetDate = date ?? 0,
            OffsetId = last.TopMessage,
            OffsetPeer = peer,
            Limit = PageSize,
            Hash = 0,
        };
    }

    static int? DateOrNull(MessageBase message, Dialog dialog) =>
        message switch
        {
            Message m when m.Id == dialog.TopMessage && Id(m.PeerId) == Id(dialog.Peer) => m.Date,
            MessageService m when m.Id == dialog.TopMessage && Id(m.PeerId) == Id(dialog.Peer) => m.Date,
            _ => null,
        };

    static InputPeerBase? InputOrNull(PeerBase peer, ChatBase[] chats, UserBase[] users) =>
        peer switch
        {
            PeerChannel p => chats.OfType<Channel>().FirstOrDefault(c => c.Id == p.ChannelId) is { } channel
                ? new InputPeerChannel { ChannelId = channel.Id, AccessHash = channel.AccessHash ?? 0 }
                : null,
            PeerUser p => users.OfType<User>().FirstOrDefault(u => u.Id == p.UserId) is { } user
                ? new InputPeerUser { UserId = user.Id, AccessHash = user.AccessHash ?? 0 }
                : null,
            PeerChat p => new InputPeerChat { ChatId = p.ChatId },
            _ => null,
        };

    /// <summary>Kind and id of a peer.</summary>
    static (Type Kind, long Id) Id(PeerBase peer) =>
        peer switch
        {
            PeerChannel p => (typeof(PeerChannel), p.ChannelId),
            PeerUser p => (typeof(PeerUser), p.UserId),
            PeerChat p => (typeof(PeerChat), p.ChatId),
            _ => (typeof(PeerBase), 0),
        };
}
