namespace Fleet.Telegram;

/// <summary>How many connections a pool should use: one that keeps being slow is taken out, and one comes back after all have
/// done well for a while. No I/O and no clock. Not thread-safe.</summary>
/// <remarks>Telegram Desktop's rule (storage/download_manager_mtproto.cpp:22-34): 4 timeouts take one out; one comes back after 3
/// successes on every other and 8 s × (how many were taken out + 1).</remarks>
sealed class LaneAllowance(int lanes)
{
    const int Timeouts = 4;
    const int Successes = 3;
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(8);

    readonly int[] _timeouts = new int[lanes];
    readonly int[] _successes = new int[lanes];
    readonly bool[] _out = new bool[lanes];
    DateTimeOffset _lastOut;
    int _removals;

    /// <summary>How many there are.</summary>
    public int Lanes => lanes;

    /// <summary>Whether the connection is one of them: not when the pool has become smaller.</summary>
    public bool Has(int lane) => lane < lanes;

    /// <summary>Whether a connection may be used.</summary>
    public bool Allows(int lane) => Has(lane) && !_out[lane];

    /// <summary>A request over it was given up. True when that takes it out; the last one is never taken out.</summary>
    public bool TimedOut(int lane, DateTimeOffset now)
    {
        Array.Clear(_successes);
        if (!Has(lane) || _out[lane] || ++_timeouts[lane] < Timeouts || _out.Count(o => o) == lanes - 1)
            return false;
        _timeouts[lane] = 0;
        _out[lane] = true;
        _lastOut = now;
        _removals++;
        return true;
    }

    /// <summary>A part came over it. True when that brings one back.</summary>
    public bool Succeeded(int lane, DateTimeOffset now)
    {
        if (!Has(lane))
            return false;
        _timeouts[lane] = Math.Max(0, _timeouts[lane] - 1);
        if (_removals == 0 || Array.IndexOf(_out, true) is var back && back < 0)
            return false;
        _successes[lane]++;
        if (now < _lastOut + (Wait * (_removals + 1)))
            return false;
        for (var i = 0; i < lanes; i++)
        {
            if (!_out[i] && _successes[i] < Successes)
                return false;
        }
        _out[back] = false;
        Array.Clear(_successes);
        return true;
    }
}
