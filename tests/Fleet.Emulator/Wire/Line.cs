using System.Runtime.InteropServices;

namespace Fleet.Emulator.Wire;

/// <summary>The line of one connection: which rules fit it at the moment, and what has gone over it.</summary>
sealed class Line(Network network, int dc, bool mediaOnly)
{
    readonly Lock _lock = new();
    readonly Dictionary<ActiveRule, int> _ordinals = [];
    NetworkState? _seen;
    long? _userId;
    LineSettings _settings;
    long _sent;
    long _calls;

    /// <summary>What holds now.</summary>
    public LineSettings Settings
    {
        get
        {
            lock (_lock)
            {
                var state = network.State;
                if (!ReferenceEquals(state, _seen))
                    Apply_NeedsLock(state);
                return _settings;
            }
        }
    }

    /// <summary>Tells who uses the connection, as soon as it is known.</summary>
    public void UsedBy(long? userId)
    {
        lock (_lock)
        {
            if (_userId == userId)
                return;
            _userId = userId;
            _seen = null;
        }
    }

    /// <summary>Counts a call; true when the rules end the connection instead of an answer.</summary>
    public bool DropsCall()
    {
        var calls = Interlocked.Increment(ref _calls);
        return Settings.DropEveryCalls is { } every && calls % every == 0;
    }

    /// <summary>How many of the next <paramref name="count"/> bytes may be sent before the line ends.</summary>
    public int Allowance(int count)
    {
        var settings = Settings;
        return settings.EndAtByte is { } end ? (int)Math.Clamp(end - Interlocked.Read(ref _sent), 0, count) : count;
    }

    /// <summary>Counts bytes given to the socket.</summary>
    public void Sent(int count) => Interlocked.Add(ref _sent, count);

    void Apply_NeedsLock(NetworkState state)
    {
        _seen = state;
        var settings = new LineSettings(state.Latency, state.BytesPerSecond, null, null, null, false);
        foreach (var active in state.Rules)
        {
            var rule = active.Rule;
            if (!Fits(rule))
                continue;
            ref var ordinal = ref CollectionsMarshal.GetValueRefOrAddDefault(_ordinals, active, out var met);
            if (!met)
                ordinal = active.NextOrdinal();
            if (rule.Connection is null || rule.Connection == ordinal)
                settings = settings.With(rule);
        }
        _settings = settings;
    }

    bool Fits(NetworkRule rule) =>
        (rule.Dc is null || rule.Dc == dc)
        && (rule.MediaOnly is null || rule.MediaOnly == mediaOnly)
        && (rule.UserId is null || rule.UserId == _userId);
}

/// <summary>How a line behaves; the fields are those of <see cref="NetworkRule"/>.</summary>
/// <param name="EndAtByte">Where the stream to the client ends; null: nowhere.</param>
/// <param name="EndsByReset">Whether it ends by a reset.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct LineSettings(
    TimeSpan Latency,
    long BytesPerSecond,
    int? SliceBytes,
    int? DropEveryCalls,
    long? EndAtByte,
    bool EndsByReset
)
{
    const int PacedSliceBytes = 32 * 1024;

    /// <summary>Most bytes per write.</summary>
    public int MostPerWrite => SliceBytes ?? (BytesPerSecond > 0 ? PacedSliceBytes : int.MaxValue);

    public LineSettings With(NetworkRule rule) =>
        new(
            rule.Latency ?? Latency,
            rule.BytesPerSecond ?? BytesPerSecond,
            rule.SliceBytes ?? SliceBytes,
            rule.DropEveryCalls ?? DropEveryCalls,
            rule.ResetAtByte ?? rule.CloseAtByte ?? EndAtByte,
            rule.ResetAtByte is not null || (rule.CloseAtByte is null && EndsByReset)
        );
}

/// <summary>The line ended where a rule says.</summary>
sealed class LineEndedException(bool byReset) : IOException("Ended by a network rule.")
{
    public bool ByReset => byReset;
}
