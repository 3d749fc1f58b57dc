using System.Runtime.InteropServices;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Channels that this account has met, with the access hash that only it can use. Bounded; the oldest are forgotten.</summary>
sealed class PeerBook(TimeProvider time)
{
    const int Capacity = 10_000;

    /// <summary>A public name may move to another channel: after this it is asked for again.</summary>
    static readonly TimeSpan NameLifetime = TimeSpan.FromHours(6);

    readonly Lock _lock = new();
    readonly Dictionary<long, long> _channels = [];
    readonly Queue<long> _channelAges = new();
    readonly Dictionary<string, Name> _names = new(StringComparer.Ordinal);
    readonly Queue<string> _nameAges = new();

    public InputChannel? ChannelOrNull(long id)
    {
        lock (_lock)
            return _channels.TryGetValue(id, out var hash)
                ? new InputChannel { ChannelId = id, AccessHash = hash }
                : null;
    }

    public InputChannel? ChannelOrNull(string username)
    {
        lock (_lock)
        {
            return _names.TryGetValue(username, out var name) && time.GetUtcNow() < name.Until
                ? ChannelOrNull(name.ChannelId)
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

    /// <summary>Notes every channel of an answer that comes with a usable access hash.</summary>
    public void Meet(ChatBase[] chats)
    {
        lock (_lock)
        {
            foreach (var chat in chats)
            {
                if (chat is Channel { Min: false, AccessHash: { } hash } channel)
                    Put_NeedsLock(_channels, _channelAges, channel.Id, hash);
            }
        }
    }

    public void Learn(string username, long channelId)
    {
        lock (_lock)
            Put_NeedsLock(_names, _nameAges, username, new Name(channelId, time.GetUtcNow() + NameLifetime));
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
    readonly record struct Name(long ChannelId, DateTimeOffset Until);
}
