namespace Fleet.Emulator.Worlds;

/// <summary>What is posted: messages, albums, comments, topics and stories.</summary>
public sealed partial class World
{
    /// <summary>Items of an album at most.</summary>
    const int MaxAlbum = 10;

    long _lastGroupedId = 13_000_000_000_000_000;

    /// <summary>Posts a text.</summary>
    public EmulatedMessage Post(EmulatedChat chat, string text) => Add(chat, text, file: null, MessageTies.None);

    /// <summary>Posts a file that exists already: forwards share files.</summary>
    public EmulatedMessage Post(EmulatedChat chat, EmulatedFile file, string caption = "") =>
        Add(chat, caption, file, MessageTies.None);

    /// <summary>Stores a new document and posts it.</summary>
    public EmulatedMessage Post(EmulatedChat chat, NewDocument document, string caption = "") =>
        Post(chat, AddDocument(document), caption);

    /// <summary>Stores a new photo and posts it.</summary>
    public EmulatedMessage Post(EmulatedChat chat, NewPhoto photo, string caption = "") =>
        Post(chat, AddPhoto(photo), caption);

    /// <summary>Posts 2 to 10 files as one album; the caption is the first one's.</summary>
    public IReadOnlyList<EmulatedMessage> PostAlbum(
        EmulatedChat chat,
        IReadOnlyCollection<EmulatedFile> files,
        string caption = "",
        int? threadId = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(files.Count, 2, nameof(files));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Count, MaxAlbum, nameof(files));
        var ties = new MessageTies { GroupedId = Interlocked.Increment(ref _lastGroupedId), ThreadId = threadId };
        var copies = ties with { GroupedId = Interlocked.Increment(ref _lastGroupedId), ThreadId = null };
        return [.. files.Select((file, n) => Add(chat, n == 0 ? caption : "", file, ties, copies))];
    }

    /// <summary>Makes a group the place where a channel's posts are discussed: each later post appears in it, and comments below
    /// that copy are the post's.</summary>
    public void LinkChats(EmulatedChat channel, EmulatedChat group)
    {
        if (channel.Kind != ChatKind.Channel || group.Kind != ChatKind.Supergroup)
            throw new ArgumentException("A channel is discussed in a supergroup.", nameof(group));
        (channel.Linked, group.Linked) = (group, channel);
    }

    /// <summary>What stands for a channel post in its discussion group; null when it is not discussed.</summary>
    public EmulatedMessage? DiscussionOf(EmulatedMessage post) =>
        post.Chat.Linked?.Messages.FirstOrDefault(m => m.Ties.Post == post);

    /// <summary>Comments on a post of a channel that has a discussion group.</summary>
    public EmulatedMessage Comment(EmulatedMessage post, EmulatedFile? file, string text = "")
    {
        var root = DiscussionOf(post) ?? throw new KeyNotFoundException("The post is not discussed.");
        return Add(root.Chat, text, file, new MessageTies { ThreadId = root.Id });
    }

    /// <summary>Begins a topic of a forum; its id is the thread of what is posted in it.</summary>
    public EmulatedMessage AddTopic(EmulatedChat forum, string title) =>
        Add(forum, "", file: null, new MessageTies { Topic = title });

    /// <summary>Posts a file into a topic or thread.</summary>
    public EmulatedMessage PostInThread(EmulatedChat chat, int threadId, EmulatedFile? file, string text = "") =>
        Add(chat, text, file, new MessageTies { ThreadId = threadId });

    /// <summary>Posts a story of a channel or user.</summary>
    /// <param name="owner">User name of a public channel or of an account.</param>
    /// <param name="file">A document or photo.</param>
    /// <param name="caption">Its text.</param>
    /// <param name="noForwards">Saving is forbidden.</param>
    /// <param name="albumId">The album of stories that it is in; null for none.</param>
    /// <exception cref="KeyNotFoundException">Nobody has that name.</exception>
    public EmulatedStory PostStory(
        string owner,
        EmulatedFile file,
        string caption = "",
        bool noForwards = false,
        int? albumId = null
    )
    {
        var id =
            ChatOrNull(owner)?.Id
            ?? AccountByNameOrNull(owner)?.UserId
            ?? throw new KeyNotFoundException($"Nobody is called {owner}.");
        return Stories.Add(
            id,
            story => new EmulatedStory(owner, story, file, caption, _time.GetUtcNow(), noForwards, albumId)
        );
    }

    /// <summary>Takes a story back.</summary>
    public bool DeleteStory(EmulatedStory story) =>
        Stories.Delete(ChatOrNull(story.Owner)?.Id ?? AccountByNameOrNull(story.Owner)!.UserId, story.Id);

    public EmulatedAccount? AccountByNameOrNull(string username) =>
        _accounts.Values.FirstOrDefault(a => string.Equals(a.Username, username, StringComparison.OrdinalIgnoreCase));

    public EmulatedChat? ChatByInviteOrNull(string hash) =>
        _chats.Values.FirstOrDefault(c => string.Equals(c.Invite?.Hash, hash, StringComparison.Ordinal));

    EmulatedMessage Add(
        EmulatedChat chat,
        string text,
        EmulatedFile? file,
        MessageTies ties,
        MessageTies? copyTies = null
    )
    {
        var message = chat.Add(text, file, _time.GetUtcNow(), ties);
        if (chat is { Kind: ChatKind.Channel, Linked: { } group })
            group.Add(text, file, message.Date, (copyTies ?? MessageTies.None) with { Post = message });
        return message;
    }
}
