using Fleet.MtProto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>Reads the messages that a link names, with those around them that belong to them.</summary>
sealed class MessageReader(ResolveCalls calls, PeerFinder finder, PeerBook peers)
{
    /// <summary>An album is at most ten messages with ids in a row: its others are at most nine before and nine behind.</summary>
    const int AlbumReach = 9;

    /// <summary>The message; with <paramref name="album"/> everything in its album.</summary>
    public async Task<IReadOnlyList<ResolvedMedia>> MessageAsync(ChatRef chat, int id, bool album, CancellationToken ct)
    {
        var batch = await InChatAsync(chat, channel => BatchAsync(channel, Around(id, album), post: null, ct), ct);
        return album ? batch.Album(id) : [batch.One(id)];
    }

    /// <summary>All messages of a range.</summary>
    public async Task<IReadOnlyList<ResolvedMedia>> RangeAsync(MessageRangeLink link, CancellationToken ct)
    {
        var ids = Enumerable.Range(link.First, link.Last - link.First + 1);
        return (await InChatAsync(link.Chat, channel => BatchAsync(channel, ids, post: null, ct), ct)).All();
    }

    /// <summary>A comment: a message of the discussion group that the channel is linked with.</summary>
    /// <remarks>The group is where Telegram says that the post is discussed (messages.getDiscussionMessage), as Telegram
    /// Desktop and TDLib do; https://core.telegram.org/api/discussion</remarks>
    public async Task<IReadOnlyList<ResolvedMedia>> CommentAsync(
        ChatRef chat,
        int postId,
        int id,
        bool album,
        CancellationToken ct
    )
    {
        var batch = await InChatAsync(
            chat,
            async channel =>
            {
                var group = await DiscussionAsync(channel, postId, ct);
                var post = new MediaOrigin((chat as PublicChat)?.Username, PeerKind.Channel, channel.Id, postId);
                return await BatchAsync(group, Around(id, album), post, ct);
            },
            ct
        );
        return album ? batch.Album(id) : [batch.One(id)];
    }

    /// <summary>The message that an origin names, whatever kind of chat it is in.</summary>
    public async Task<ResolvedMedia> FindAsync(MediaOrigin origin, CancellationToken ct)
    {
        if (origin.PeerKind != PeerKind.Channel)
            return await PlainAsync(origin, ct);
        if (origin.Post is { } post && peers.ChannelOrNull(origin.PeerId) is null)
            return (await CommentAsync(ChatOf(post), post.MessageId, origin.MessageId, album: false, ct))[0];
        return (await MessageAsync(ChatOf(origin), origin.MessageId, album: false, ct))[0];
    }

    static ChatRef ChatOf(MediaOrigin origin) =>
        origin.Username is { } name ? new PublicChat(name) : new PrivateChat(origin.PeerId);

    static IEnumerable<int> Around(int id, bool album)
    {
        var reach = album ? AlbumReach : 0;
        var first = Math.Max(1, id - reach);
        return Enumerable.Range(first, (int)Math.Min(int.MaxValue, (long)id + reach) - first + 1);
    }

    /// <summary>Runs some work on the chat's channel; a name that led to a refusal is asked for again next time.</summary>
    async Task<T> InChatAsync<T>(ChatRef chat, Func<KnownPeer, Task<T>> work, CancellationToken ct)
    {
        try
        {
            return await work(await finder.ChannelAsync(chat, ct));
        }
        catch (ResolveException e) when (e.InnerException is RpcException)
        {
            finder.Forget(chat);
            throw;
        }
    }

    async Task<MessageBatch> BatchAsync(
        KnownPeer channel,
        IEnumerable<int> ids,
        MediaOrigin? post,
        CancellationToken ct
    )
    {
        var call = new ChannelsGetMessages
        {
            Channel = channel.ToChannel(),
            Id = [.. ids.Select(id => new InputMessageID { Id = id })],
        };
        if (await calls.CallAsync(call, ct) is not MessagesChannelMessages found)
            throw new ResolveException(ResolveErrors.MessageNotFound, "There is no such message.");
        peers.Meet(found.Chats);
        var hidden = ChatFacts.Of(found.Chats, PeerKind.Channel, channel.Id).Username is null;
        return new MessageBatch(found.Messages, found.Chats, PeerKind.Channel, channel.Id)
        {
            Post = hidden ? post : null,
        };
    }

    async Task<KnownPeer> DiscussionAsync(KnownPeer channel, int postId, CancellationToken ct)
    {
        var call = new MessagesGetDiscussionMessage { Peer = channel.ToInput(), MsgId = postId };
        var found = await calls.CallAsync(call, ct);
        peers.Meet(found.Chats);
        return
            found.Messages.OfType<Message>().FirstOrDefault() is { PeerId: PeerChannel group }
            && peers.ChannelOrNull(group.ChannelId) is { } known
            ? known
            : throw new ResolveException(ResolveErrors.MessageNotFound, "The message has no comments.");
    }

    /// <summary>A message of a basic group or of a private chat: the account numbers those over all such chats.</summary>
    async Task<ResolvedMedia> PlainAsync(MediaOrigin origin, CancellationToken ct)
    {
        var call = new MessagesGetMessages { Id = [new InputMessageID { Id = origin.MessageId }] };
        var (messages, chats) = await calls.CallAsync(call, ct) switch
        {
            MessagesMessages all => (all.Messages, all.Chats),
            MessagesMessagesSlice some => (some.Messages, some.Chats),
            _ => ([], []),
        };
        return new MessageBatch(messages, chats, origin.PeerKind, origin.PeerId).One(origin.MessageId);
    }
}
