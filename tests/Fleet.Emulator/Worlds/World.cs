using System.Collections.Concurrent;
using System.Globalization;
using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Worlds;

/// <summary>
/// Everything the emulated Telegram knows: accounts, chats, messages, documents. Grows while clients are connected.
/// Ids follow from the order of calls, so the same script gives the same world.
/// </summary>
public sealed partial class World
{
    /// <summary>Data centres are numbered 1 to this.</summary>
    public const int DcCount = 5;

    /// <summary>Home of accounts and place of documents when nothing else is asked for.</summary>
    public const int DefaultDc = 2;

    const string DefaultCode = "12345";
    readonly Lock _lock = new();
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<long, EmulatedAccount> _accounts = new();
    readonly ConcurrentDictionary<long, EmulatedChat> _chats = new();
    readonly ConcurrentDictionary<string, EmulatedChat> _publicChats = new(StringComparer.OrdinalIgnoreCase);
    readonly ConcurrentDictionary<long, EmulatedDocument> _documents = new();
    readonly ConcurrentDictionary<long, EmulatedPhoto> _photos = new();
    readonly Random _documentIds;
    long _lastUserId = 7_000_000_000;
    long _lastChannelId = 1_900_000_000;
    long _lastGroupId = 4_200_000_000;
    long _lastPrivateId = 5_100_000_000;
    int _lastGroupMessageId;

    internal World(long seed, TimeProvider time)
    {
        _time = time;
        _documentIds = new Random((int)(seed ^ (seed >> 32)));
        Seals = new AccountSeals(seed);
    }

    public IReadOnlyCollection<EmulatedAccount> Accounts => [.. _accounts.Values.OrderBy(a => a.UserId)];
    public IReadOnlyCollection<EmulatedChat> Chats => [.. _chats.Values.OrderBy(c => c.Id)];
    public IReadOnlyCollection<EmulatedDocument> Documents => [.. _documents.Values];

    public IReadOnlyCollection<EmulatedPhoto> Photos => [.. _photos.Values];

    /// <summary>The bytes of everything.</summary>
    internal IEnumerable<FileContent> Contents =>
        _documents
            .Values.SelectMany(d => d.Thumbs.Select(t => t.Content).Prepend(d.Content))
            .Concat(_photos.Values.SelectMany(p => p.Sizes.Select(s => s.Content)));

    /// <summary>help.getAppConfig tells clients to leave alt_documents alone.</summary>
    public bool IgnoreAltDocuments { get; set; }

    internal AccountSeals Seals { get; }

    internal EmulatedStories Stories { get; } = new();

    /// <summary>Adds a person who can log in.</summary>
    /// <param name="phone">Digits without plus sign; null makes one up.</param>
    /// <param name="password">Two-step password; null for none.</param>
    /// <exception cref="ArgumentException">The phone is taken.</exception>
    public EmulatedAccount AddUser(
        string? phone = null,
        string code = DefaultCode,
        string? password = null,
        bool premium = false,
        int homeDc = DefaultDc,
        string firstName = "Fleet",
        string? username = null
    )
    {
        CheckDc(homeDc);
        lock (_lock)
        {
            var id = ++_lastUserId;
            phone ??=
                "99966"
                + homeDc.ToString(CultureInfo.InvariantCulture)
                + (id % 10_000).ToString("0000", CultureInfo.InvariantCulture);
            if (AccountByPhoneOrNull(phone) is not null)
                throw new ArgumentException("An account with this phone exists.", nameof(phone));
            return _accounts[id] = new EmulatedAccount
            {
                UserId = id,
                FirstName = firstName,
                Username = username,
                Phone = phone,
                Code = code,
                Password = password,
                Verifier = password is null ? null : PasswordVerifier.Create(password),
                Premium = premium,
                HomeDc = homeDc,
            };
        }
    }

    /// <summary>Adds a bot; its token is id:secret, as BotFather makes them.</summary>
    public EmulatedAccount AddBot(string username = "fleet_bot", int homeDc = DefaultDc)
    {
        CheckDc(homeDc);
        lock (_lock)
        {
            var id = ++_lastUserId;
            return _accounts[id] = new EmulatedAccount
            {
                UserId = id,
                FirstName = username,
                Username = username,
                BotToken = string.Create(CultureInfo.InvariantCulture, $"{id}:AAF{Seals.Text(id, 32)}"),
                HomeDc = homeDc,
            };
        }
    }

    /// <summary>Adds a channel, supergroup, basic group, or the private chat of two members; without a user name it is private.</summary>
    public EmulatedChat AddChat(
        ChatKind kind,
        string title,
        string? username = null,
        bool noForwards = false,
        bool isForum = false,
        params IEnumerable<EmulatedAccount> members
    )
    {
        if (kind is ChatKind.Group or ChatKind.Private && username is not null)
            throw new ArgumentException("Basic groups and private chats have no user names.", nameof(username));
        lock (_lock)
        {
            if (username is not null && _publicChats.ContainsKey(username))
                throw new ArgumentException("This user name is taken.", nameof(username));
            var chat = new EmulatedChat(
                kind is ChatKind.Group or ChatKind.Private ? () => Interlocked.Increment(ref _lastGroupMessageId) : null
            )
            {
                Id = kind switch
                {
                    ChatKind.Group => ++_lastGroupId,
                    ChatKind.Private => ++_lastPrivateId,
                    _ => ++_lastChannelId,
                },
                Kind = kind,
                Title = title,
                Username = username,
                NoForwards = noForwards,
                IsForum = isForum,
            };
            foreach (var member in members)
                chat.Join(member);
            if (username is not null)
                _publicChats[username] = chat;
            return _chats[chat.Id] = chat;
        }
    }

    public EmulatedPhoto AddPhoto(NewPhoto photo)
    {
        CheckDc(photo.Dc);
        lock (_lock)
        {
            var id = NextFileId_NeedsLock(photo.Dc);
            return _photos[id] = new EmulatedPhoto(id, photo.Dc, photo.Sizes);
        }
    }

    public EmulatedDocument AddDocument(NewDocument document)
    {
        CheckDc(document.Dc);
        var mime = document.MimeType ?? MimeTypes.Of(document.FileName);
        EmulatedDocument[] alternatives = [.. document.Alternatives.Select(AddDocument)];
        lock (_lock)
        {
            var id = NextFileId_NeedsLock(document.Dc);
            return _documents[id] = new EmulatedDocument(id, document.Content, document.Dc)
            {
                Cdn = document.OnCdn ? new CdnCopy(id, document.Content) : null,
                FileName = document.FileName,
                MimeType = mime,
                Kind = MimeTypes.KindOf(mime),
                DurationSeconds = document.DurationSeconds,
                Width = document.Width,
                Height = document.Height,
                Codec = document.Codec,
                Title = document.Title,
                Performer = document.Performer,
                Thumbs = document.Thumbs,
                Alternatives = alternatives,
            };
        }
    }

    /// <summary>The public chat of that name, in any letter case.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public EmulatedChat Chat(string username) =>
        ChatOrNull(username) ?? throw new KeyNotFoundException($"No public chat {username}.");

    public EmulatedChat? ChatOrNull(string username) => _publicChats.GetValueOrDefault(username);

    public EmulatedChat? ChatOrNull(long id) => _chats.GetValueOrDefault(id);

    public EmulatedDocument? DocumentOrNull(long id) => _documents.GetValueOrDefault(id);

    public EmulatedPhoto? PhotoOrNull(long id) => _photos.GetValueOrDefault(id);

    /// <summary>The document or photo of that id.</summary>
    public EmulatedFile? FileOrNull(long id) => DocumentOrNull(id) ?? (EmulatedFile?)PhotoOrNull(id);

    /// <summary>The private chat of two accounts.</summary>
    public EmulatedChat? PrivateChatOrNull(EmulatedAccount one, long other) =>
        _chats.Values.FirstOrDefault(c => c.Kind == ChatKind.Private && c.IsMember(one) && c.OtherThan(one) == other);

    public EmulatedAccount? AccountOrNull(long userId) => _accounts.GetValueOrDefault(userId);

    public EmulatedAccount? AccountByPhoneOrNull(string phone) =>
        _accounts.Values.FirstOrDefault(a => a.Phone is not null && a.Phone == phone.TrimStart('+'));

    internal EmulatedAccount? BotByTokenOrNull(string token) =>
        _accounts.Values.FirstOrDefault(a => a.BotToken is not null && a.BotToken == token);

    /// <summary>Telegram's ids hold the data centre too.</summary>
    long NextFileId_NeedsLock(int dc) => (long)dc << 60 >> 2 | _documentIds.NextInt64(1L << 57);

    static void CheckDc(int dc)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dc, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dc, DcCount);
    }
}
