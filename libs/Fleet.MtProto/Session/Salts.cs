using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

/// <summary>The server's salts: one changes into the next every half hour.</summary>
sealed class Salts(long current)
{
    const int Limit = 64;

    readonly Queue<FutureSalt> _upcoming = new();
    long _current = current;

    /// <summary>True when no salt is known beyond the present one.</summary>
    public bool NeedsMore => _upcoming.Count == 0;

    /// <summary>The salt to use at <paramref name="serverNow"/>.</summary>
    public long At(DateTimeOffset serverNow)
    {
        var seconds = serverNow.ToUnixTimeSeconds();
        while (_upcoming.TryPeek(out var next) && next.ValidSince <= seconds)
        {
            _upcoming.Dequeue();
            if (next.ValidUntil > seconds)
                _current = next.Salt;
        }
        return _current;
    }

    /// <summary>The server corrected us: what we thought to know is worth nothing.</summary>
    public void Correct(long salt)
    {
        _current = salt;
        _upcoming.Clear();
    }

    /// <summary>Takes the answer to get_future_salts.</summary>
    public void Learn(IEnumerable<FutureSalt> salts)
    {
        _upcoming.Clear();
        foreach (var salt in salts.OrderBy(s => s.ValidSince).Take(Limit))
            _upcoming.Enqueue(salt);
    }
}
