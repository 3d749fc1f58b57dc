using System.Runtime.InteropServices;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>A channel or user, with the access hash that only this account can use.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct KnownPeer(PeerKind Kind, long Id, long AccessHash)
{
    public InputPeerBase ToInput() =>
        Kind == PeerKind.User
            ? new InputPeerUser { UserId = Id, AccessHash = AccessHash }
            : new InputPeerChannel { ChannelId = Id, AccessHash = AccessHash };

    public InputChannel ToChannel() => new() { ChannelId = Id, AccessHash = AccessHash };
}

/// <summary>Channels and users that this account has met. Bounded; the oldest are forgotten.</summary>
sealed class PeerBook(TimeProvider time)
{
    const int Capacity = 10_000;

    /// <summary>A public name may move to another peer: after this it is asked for again.</summary>
    static readonly TimeSpan NameLifetime = TimeSpan.FromHours(6);

    readonly Lock _lock = new();
    readonly Dictionary<(PeerKind Kind, long Id), long> _hashes = [];
    readonly Queue<(PeerKind Kind, long Id)> _hashAges = new();
    readonly Dictionary<string, Name> _names = new(StringComparer.Ordinal);
    readonly Queue<string> _nameAges = new();

    public KnownPeer? PeerOrNull(PeerKind kind, long id)
    {
        lock (_lock)
            return _hashes.TryGetValue((kind, id), out var hash) ? new KnownPeer(kind, id, hash) : null;
    }

    public KnownPeer? ChannelOrNull(long id) => PeerOrNull(PeerKind.Channel, id);

    public KnownPeer? PeerOrNull(string username)
    {
        lock (_lock)
        {
            return _names.TryGetValue(username, out var name) && time.GetUtcNow() < name.Until
                ? PeerOrNull(name.Kind, name.Id)
                : null;
        }
    }

    public void Forget(string username)
    {
        lock (_lock)
        {
            if (_names.TryGetValue(username, out var name))
                _names[username] = name with { Until = DateTimeOffset.MinValue };
        }
    }

    /// <summary>Notes every channel and user of an answer that comes with a usable access hash.</summary>
    public void Meet(ChatBase[] chats, UserBase[]? users = null)
    {
        lock (_lock)
        {
            foreach (var chat in chats)
            {
                if (chat is Channel { Min: false, AccessHash: { } hash } channel)
                    Put_NeedsLock(_hashes, _hashAges, (PeerKind.Channel, channel.Id), hash);
            }
            foreach (var user in users ?? [])
            {
                if (user is User { Min: false, AccessHash: { } hash } known)
                    Put_NeedsLock(_hashes, _hashAges, (PeerKind.User, known.Id), hash);
            }
        }
    }

    public void Learn(string username, PeerKind kind, long id)
    {
        lock (_lock)
            Put_NeedsLock(_names, _nameAges, username, new Name(kind, id, time.GetUtcNow() + NameLifetime));
    }

    static void Put_NeedsLock<TKey, TValue>(Dictionary<TKey, TValue> values, Queue<TKey> ages, TKey key, TValue value)
        where TKey : notnull
    {
        if (!values.ContainsKey(key))
        {
            ages.Enqueue(key);
            if (ages.Count > Capacity)
                values.Remove(ages.Dequeue());
        }
        values[key] = value;
    }

    [StructLayout(LayoutKind.Auto)]
    readonly record struct Name(PeerKind Kind, long Id, DateTimeOffset Until);
}
