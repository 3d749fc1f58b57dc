using System.Collections.Concurrent;

namespace Fleet.Emulator;

/// <summary>One takeout of an account.</summary>
public sealed class EmulatedTakeout
{
    readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    int _state;

    internal EmulatedTakeout(long id, long userId, bool files, long fileMaxBytes)
    {
        Id = id;
        UserId = userId;
        Files = files;
        FileMaxBytes = fileMaxBytes;
    }

    public long Id { get; }
    public long UserId { get; }

    /// <summary>Asked for files too.</summary>
    public bool Files { get; }

    /// <summary>Larger files are not given out in it; 0 when it was not said.</summary>
    public long FileMaxBytes { get; }

    /// <summary>Null while it is on; then what the client said of it, or false when the server ended it.</summary>
    public bool? Success => Volatile.Read(ref _state) is var state and not 0 ? state == 1 : null;

    /// <summary>Calls made in it, by TL name.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    internal void Count(string method) => _calls.AddOrUpdate(method, 1, (_, n) => n + 1);

    internal void End(bool success) => Interlocked.CompareExchange(ref _state, success ? 1 : 2, 0);
}

/// <summary>All takeouts, the ended ones too. An account has at most one: beginning another ends the one before.</summary>
public sealed class Takeouts
{
    readonly Lock _lock = new();
    readonly List<EmulatedTakeout> _all = [];

    /// <summary>In the order of their beginning.</summary>
    public IReadOnlyList<EmulatedTakeout> All
    {
        get
        {
            lock (_lock)
                return [.. _all];
        }
    }

    /// <summary>Ends the takeout of an account, as Telegram may at any time.</summary>
    public void End(long userId, bool success)
    {
        lock (_lock)
            _all.FindLast(t => t.UserId == userId)?.End(success);
    }

    internal EmulatedTakeout Begin(long userId, bool files, long fileMaxBytes)
    {
        lock (_lock)
        {
            _all.FindLast(t => t.UserId == userId)?.End(success: false);
            var takeout = new EmulatedTakeout(90_000_000_000 + _all.Count, userId, files, fileMaxBytes);
            _all.Add(takeout);
            return takeout;
        }
    }

    /// <summary>Null when the account has no such takeout, or it is over.</summary>
    internal EmulatedTakeout? OpenOrNull(long id, long? userId)
    {
        lock (_lock)
            return _all.Find(t => t.Id == id && t.UserId == userId && t.Success is null);
    }
}
