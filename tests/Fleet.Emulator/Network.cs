using System.Collections.Immutable;

namespace Fleet.Emulator;

/// <summary>
/// What the line between clients and the emulator is like: two properties for every connection, and rules for some of
/// them. May change while it runs; open connections follow at once.
/// </summary>
public sealed class Network
{
    /// <summary>Rules that may hold at once; more is a mistake of the script.</summary>
    public const int MaxRules = 1000;

    readonly Lock _lock = new();
    volatile NetworkState _state = new(TimeSpan.Zero, 0, []);
    int _lastRule;

    /// <summary>Time from a request's arrival to its answer's departure; pipelined requests all wait in parallel. Default 0.</summary>
    public TimeSpan Latency
    {
        get => _state.Latency;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            lock (_lock)
                _state = _state with { Latency = value };
        }
    }

    /// <summary>Most bytes per second that one connection is sent; 0 (the default) sets no limit.</summary>
    public long BytesPerSecond
    {
        get => _state.BytesPerSecond;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (_lock)
                _state = _state with { BytesPerSecond = value };
        }
    }

    /// <summary>Adds a rule. Of several that fit a connection, the one added last decides each of its settings.</summary>
    /// <returns>The number to remove it by.</returns>
    /// <exception cref="ArgumentException">A value out of range, or a rule without any setting.</exception>
    public int Add(NetworkRule rule)
    {
        if (rule.FaultOrNull() is { } fault)
            throw new ArgumentException(fault, nameof(rule));
        lock (_lock)
        {
            if (_state.Rules.Length >= MaxRules)
                throw new InvalidOperationException($"{MaxRules} network rules hold already.");
            _state = _state with { Rules = _state.Rules.Add(new ActiveRule(++_lastRule, rule)) };
            return _lastRule;
        }
    }

    /// <returns>False when there is no such rule.</returns>
    public bool Remove(int id)
    {
        lock (_lock)
        {
            var before = _state.Rules.Length;
            _state = _state with { Rules = _state.Rules.RemoveAll(r => r.Id == id) };
            return _state.Rules.Length < before;
        }
    }

    /// <summary>Removes every rule; the two properties stay.</summary>
    public void Clear()
    {
        lock (_lock)
            _state = _state with { Rules = [] };
    }

    /// <summary>Another object after every change.</summary>
    internal NetworkState State => _state;
}

/// <summary>Makes the line of some connections different. A setting that is null is left as it is.</summary>
public sealed record NetworkRule
{
    const int MaxSliceBytes = 1 << 20;

    /// <summary>Only connections to this data centre.</summary>
    public int? Dc { get; init; }

    /// <summary>Only connections to media-only addresses, or only to main ones.</summary>
    public bool? MediaOnly { get; init; }

    /// <summary>Only connections whose auth key this account logged in with; known from their first encrypted message on.</summary>
    public long? UserId { get; init; }

    /// <summary>Only the n-th connection, from 1, that the filters above fit, counted from when the rule was added.</summary>
    public int? Connection { get; init; }

    /// <summary>As <see cref="Network.Latency"/>.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>As <see cref="Network.BytesPerSecond"/>.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Bytes per write to the socket, 1 to 1 MiB; with a low rate, a drip. Default 32 KiB with a rate, whole frames without.</summary>
    public int? SliceBytes { get; init; }

    /// <summary>Every n-th call of a connection ends it with a reset instead of an answer; 1 or more.</summary>
    public int? DropEveryCalls { get; init; }

    /// <summary>The connection is closed in order when so many bytes, framing included, have been sent on it; 0 or more.</summary>
    public long? CloseAtByte { get; init; }

    /// <summary>As <see cref="CloseAtByte"/>, with a reset.</summary>
    public long? ResetAtByte { get; init; }

    /// <summary>What is wrong with the rule; null when it is right.</summary>
    internal string? FaultOrNull() =>
        Below(Dc, 1, nameof(Dc))
        ?? Below(Connection, 1, nameof(Connection))
        ?? Below(Latency?.Ticks, 0, nameof(Latency))
        ?? Below(BytesPerSecond, 0, nameof(BytesPerSecond))
        ?? Below(SliceBytes, 1, nameof(SliceBytes))
        ?? Below(DropEveryCalls, 1, nameof(DropEveryCalls))
        ?? Below(CloseAtByte, 0, nameof(CloseAtByte))
        ?? Below(ResetAtByte, 0, nameof(ResetAtByte))
        ?? (SliceBytes > MaxSliceBytes ? $"{nameof(SliceBytes)} is at most {MaxSliceBytes}." : null)
        ?? (
            CloseAtByte is not null && ResetAtByte is not null
                ? $"{nameof(CloseAtByte)} and {nameof(ResetAtByte)} exclude each other."
                : null
        )
        ?? (
            this with { Dc = null, MediaOnly = null, UserId = null, Connection = null } == new NetworkRule()
                ? "The rule changes nothing."
                : null
        );

    static string? Below(long? value, long least, string name) =>
        value < least ? $"{name} is at least {least}, not {value}." : null;
}

/// <summary>One moment of the network: never changed, only replaced.</summary>
sealed record NetworkState(TimeSpan Latency, long BytesPerSecond, ImmutableArray<ActiveRule> Rules);

/// <summary>A rule at work, with the number of connections that it has met.</summary>
sealed class ActiveRule(int id, NetworkRule rule)
{
    int _met;

    public int Id => id;
    public NetworkRule Rule => rule;

    /// <summary>1 for the first connection met.</summary>
    public int NextOrdinal() => Interlocked.Increment(ref _met);
}
