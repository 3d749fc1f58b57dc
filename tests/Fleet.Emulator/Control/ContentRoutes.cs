using System.Globalization;
using Fleet.Emulator.Worlds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Fleet.Emulator.Control;

/// <summary>The paths by which chats, messages and stories come into the world, as <see cref="ControlServer.Help"/> lists them.</summary>
static class ContentRoutes
{
    public static void Map(IEndpointRouteBuilder app, World world)
    {
        app.MapGet("/channels", () => world.Chats.Select(Describe));
        app.MapPost("/channels", (NewChatBody body) => AddChat(world, body));
        app.MapPost(
            "/channels/{username}/messages",
            (string username, NewMessageBody body) => PostAsync(world, ChatOf(world, username), body)
        );
        app.MapPost(
            "/channels/{username}/albums",
            (string username, NewAlbumBody body) => PostAlbumAsync(world, ChatOf(world, username), body)
        );
        app.MapPost(
            "/channels/{username}/topics",
            (string username, NewTopicBody body) =>
                new { MessageId = world.AddTopic(ChatOf(world, username), body.Title).Id }
        );
        app.MapPost(
            "/channels/{username}/invite",
            (string username, InviteBody body) => Invite(ChatOf(world, username), body)
        );
        app.MapDelete(
            "/channels/{username}/messages/{id:int}",
            (string username, int id) => Delete(world, username, id)
        );
        app.MapPost(
            "/stories/{username}",
            (string username, NewStoryBody body) => PostStoryAsync(world, username, body)
        );
    }

    static async Task<object> PostAsync(World world, EmulatedChat chat, NewMessageBody body)
    {
        var file = body.Text is null ? FileOf(world, body) : null;
        var text = body.Text ?? body.Caption ?? "";
        var message = body switch
        {
            { CommentOn: { } post } => world.Comment(MessageOf(chat, post), file, text),
            { Thread: { } thread } => world.PostInThread(chat, MessageOf(chat, thread).Id, file, text),
            _ => file is null ? world.Post(chat, text) : world.Post(chat, file, text),
        };
        return file is null ? new { message.Link, MessageId = message.Id } : await DescribeAsync(message, file);
    }

    static async Task<object> PostAlbumAsync(World world, EmulatedChat chat, NewAlbumBody body)
    {
        EmulatedFile[] files = [.. body.Items.Select(item => FileOf(world, item))];
        var posted = world.PostAlbum(chat, files, body.Caption ?? "", body.Thread);
        return new { Items = await Task.WhenAll(posted.Zip(files, DescribeAsync)) };
    }

    static async Task<object> PostStoryAsync(World world, string owner, NewStoryBody body)
    {
        var file = FileOf(world, body.Media);
        var story = world.PostStory(owner, file, body.Media.Caption ?? "", body.NoForwards, body.Album);
        var content = ContentOf(file);
        return new
        {
            story.Link,
            StoryId = story.Id,
            DocumentId = file.Id,
            content.Size,
            Sha256 = await content.Sha256HexAsync(),
        };
    }

    static async Task<object> DescribeAsync(EmulatedMessage message, EmulatedFile file)
    {
        var content = ContentOf(file);
        return new
        {
            message.Link,
            MessageId = message.Id,
            DocumentId = file.Id,
            content.Size,
            Sha256 = await content.Sha256HexAsync(),
        };
    }

    static FileContent ContentOf(EmulatedFile file) =>
        file is EmulatedPhoto photo ? photo.Largest.Content : ((EmulatedDocument)file).Content;

    static object AddChat(World world, NewChatBody body)
    {
        var members = (body.Members ?? []).Select(id =>
            world.AccountOrNull(id) ?? throw new KeyNotFoundException($"No account {id}.")
        );
        var channel = body.Discusses is { } name ? ChatOf(world, name) : null;
        var chat = world.AddChat(body.Kind, body.Title, body.Username, body.NoForwards, body.Forum, members);
        if (channel is not null)
            world.LinkChats(channel, chat);
        return new { chat.Id };
    }

    static object Invite(EmulatedChat chat, InviteBody body)
    {
        chat.Invite = new EmulatedInvite(body.Hash)
        {
            Peek = body.PeekSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            RequestNeeded = body.RequestNeeded,
        };
        return new { chat.Invite.Link };
    }

    /// <summary>By user name, or by id: what is private has no name.</summary>
    static EmulatedChat ChatOf(World world, string name) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? world.ChatOrNull(id) ?? throw new KeyNotFoundException($"No chat {id}.")
            : world.Chat(name);

    static EmulatedMessage MessageOf(EmulatedChat chat, int id) =>
        chat.MessageOrNull(id) ?? throw new KeyNotFoundException($"No message {id}.");

    static void Delete(World world, string username, int id)
    {
        if (!ChatOf(world, username).Delete(id))
            throw new KeyNotFoundException($"No message {id} in {username}.");
    }

    static EmulatedFile FileOf(World world, NewMessageBody body) =>
        body.Photo ? world.AddPhoto(PhotoOf(body)) : world.AddDocument(DocumentOf(body));

    static FileContent ContentOf(string? file, long? seed, long? size) =>
        (file, seed, size) switch
        {
            ({ } path, _, _) => DiskContent.Open(path),
            (_, { } from, { } bytes) => new GeneratedContent(from, bytes),
            _ => throw new InvalidOperationException("Give either text, or file, or seed and size."),
        };

    static NewPhoto PhotoOf(NewMessageBody body) =>
        NewPhoto.Of(ContentOf(body.File, body.Seed, body.Size), body.Width ?? 1280, body.Height ?? 720) with
        {
            Dc = body.Dc ?? World.DefaultDc,
        };

    static NewDocument DocumentOf(NewMessageBody body)
    {
        var content = ContentOf(body.File, body.Seed, body.Size);
        var name = body.Name ?? (body.File is { } file ? Path.GetFileName(file) : $"generated-{body.Seed}.bin");
        return new NewDocument(content)
        {
            FileName = name,
            MimeType = body.Mime,
            Dc = body.Dc ?? World.DefaultDc,
            OnCdn = body.Cdn ?? false,
            DurationSeconds = body.Duration ?? 0,
            Width = body.Width ?? 0,
            Height = body.Height ?? 0,
            Codec = body.Codec,
            Title = body.Title,
            Performer = body.Performer,
            Thumbs =
            [
                .. (body.Thumbs ?? []).Select(t => new EmulatedPicture(
                    t.Type,
                    t.Width,
                    t.Height,
                    ContentOf(t.File, t.Seed, t.Size)
                )),
            ],
            Alternatives = [.. (body.Alternatives ?? []).Select(DocumentOf)],
        };
    }

    static object Describe(EmulatedChat chat) =>
        new
        {
            chat.Id,
            Kind = chat.Kind.ToString().ToLowerInvariant(),
            chat.Title,
            chat.Username,
            Messages = chat.Messages.Select(m => new
            {
                m.Id,
                m.Link,
                m.Text,
                m.Ties.GroupedId,
                Thread = m.Ties.ThreadId,
                DocumentId = m.Document?.Id ?? m.Photo?.Id,
                m.Document?.FileName,
                Size = m.Document?.Size ?? m.Photo?.Largest.Content.Size,
                Dc = m.Document?.Dc ?? m.Photo?.Dc,
            }),
        };
}

sealed record NewMessageBody(
    string? Text,
    string? File,
    long? Seed,
    long? Size,
    string? Name,
    string? Mime,
    int? Dc,
    bool? Cdn,
    string? Caption,
    double? Duration,
    int? Width,
    int? Height,
    string? Codec,
    string? Title,
    string? Performer,
    bool Photo,
    NewPictureBody[]? Thumbs,
    NewMessageBody[]? Alternatives,
    int? CommentOn,
    int? Thread
);

sealed record NewAlbumBody(NewMessageBody[] Items, string? Caption, int? Thread);

sealed record NewTopicBody(string Title);

sealed record NewStoryBody(NewMessageBody Media, bool NoForwards, int? Album);

sealed record InviteBody(string Hash, double? PeekSeconds, bool RequestNeeded);

sealed record NewPictureBody(string Type, int Width, int Height, string? File, long? Seed, long? Size);

sealed record NewChatBody(
    ChatKind Kind,
    string Title,
    string? Username,
    bool NoForwards,
    bool Forum,
    string? Discusses,
    long[]? Members
);
