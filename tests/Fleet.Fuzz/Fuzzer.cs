using System.Diagnostics;

namespace Fleet.Fuzz;

/// <summary>What a run found.</summary>
/// <param name="Inputs">How many inputs were run.</param>
/// <param name="Outcomes">How often each target came to each kind of outcome.</param>
/// <param name="Failure">The first input that was not handled; null if all were.</param>
public sealed record FuzzReport(
    long Inputs,
    IReadOnlyDictionary<(string Target, string Kind), long> Outcomes,
    FuzzFailure? Failure
);

/// <summary>An input and what is wrong with how it was handled.</summary>
public sealed record FuzzFailure(string Target, byte[] Input, string Reason)
{
    /// <summary>The command that runs this input alone.</summary>
    public string Replay => $"./fleet fuzz --target {Target} --input {Convert.ToHexStringLower(Input)}";
}

/// <summary>
/// Runs inputs until a number, a time or a failure. One thread makes and runs them, this one watches it: an input that
/// takes too long is a failure, and its thread is left behind.
/// </summary>
/// <param name="targets">Each gets its share.</param>
/// <param name="seed">The same seed makes the same inputs in the same order.</param>
public sealed class Fuzzer(IReadOnlyList<FuzzTarget> targets, int seed)
{
    static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(250);

    IReadOnlyList<Lane> _lanes = [];
    long _started;
    volatile Lane? _running;
    volatile bool _stop;
    FuzzFailure? _failure;

    /// <summary>Processor time that one input may take; the dearest (a key exchange) takes 0.1 s. Default 10 s.</summary>
    public TimeSpan LongestProcessorTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time on the clock that one input may take, were it only to wait. Default 2 minutes.</summary>
    public TimeSpan LongestInputTime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes that the heap may grow by in a run; what is kept of the inputs is far less. Default 256 MiB.</summary>
    public long MostGrowthBytes { get; init; } = 256L << 20;

    /// <summary>Inputs between two looks at the heap. Default 65,536.</summary>
    public int GrowthEvery { get; init; } = 65_536;

    /// <summary>A folder with one folder per target: files in there are inputs to start from, and inputs that led to
    /// something new are added. Null (default): only the seeds of the targets.</summary>
    public string? CorpusFolder { get; init; }

    /// <summary>The targets of the engine.</summary>
    public static IReadOnlyList<FuzzTarget> AllTargets { get; } =
    [
        new FrameTarget(),
        new WireTarget(),
        new ObjectTarget(),
        new MessageTarget(),
        new ExchangeTarget(),
        new LinkTarget(),
    ];

    /// <param name="inputs">Stops after so many.</param>
    /// <param name="time">Stops after so long; infinite for no limit.</param>
    public FuzzReport Run(long inputs, TimeSpan time)
    {
        _lanes = [.. targets.Select(t => new Lane(t, seed, CorpusFolder))];
        var worker = new Thread(() => Work(inputs)) { IsBackground = true, Name = "fuzz" };
        worker.Start();
        var clock = Stopwatch.StartNew();
        var hang = Watch(worker, clock, time);
        return new FuzzReport(
            Interlocked.Read(ref _started),
            _lanes
                .SelectMany(lane => lane.Outcomes.Select(o => (Key: (lane.Target.Name, o.Key), o.Value)))
                .ToDictionary(o => o.Key, o => o.Value),
            hang ?? _failure
        );
    }

    /// <summary>Runs one input.</summary>
    public static FuzzFailure? Replay(FuzzTarget target, byte[] input, out FuzzOutcome outcome)
    {
        var lane = new Lane(target, seed: 0, corpusFolder: null);
        var failure = lane.Try(input);
        outcome = lane.Last;
        return failure;
    }

    void Work(long inputs)
    {
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        for (long i = 0; i < inputs && !_stop && _failure is null; i++)
        {
            var lane = NextLane();
            lane.Prepare();
            _running = lane;
            Interlocked.Increment(ref _started);
            _failure = lane.Try(lane.Input);
            if (i % GrowthEvery == GrowthEvery - 1)
                _failure ??= GrowthOrNull(lane, heap);
        }
    }

    // Which input did it cannot be told; the seed repeats the run.
    FuzzFailure? GrowthOrNull(Lane last, long before)
    {
        if (GC.GetTotalMemory(forceFullCollection: false) - before <= MostGrowthBytes)
            return null;
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        return grown <= MostGrowthBytes
            ? null
            : new FuzzFailure(last.Target.Name, last.Input, $"the heap grew by {grown} bytes up to this input");
    }

    // Each earns its share; whoever has most pays for all: evenly mixed and always the same.
    Lane NextLane()
    {
        var richest = _lanes[0];
        var all = 0;
        foreach (var lane in _lanes)
        {
            lane.Credit += lane.Target.Share;
            all += lane.Target.Share;
            if (lane.Credit > richest.Credit)
                richest = lane;
        }
        richest.Credit -= all;
        return richest;
    }

    FuzzFailure? Watch(Thread worker, Stopwatch clock, TimeSpan time)
    {
        using var process = Process.GetCurrentProcess();
        var (seen, since, used) = (-1L, TimeSpan.Zero, TimeSpan.Zero);
        while (!worker.Join(WatchEvery))
        {
            _stop = time != Timeout.InfiniteTimeSpan && clock.Elapsed > time;
            process.Refresh();
            var now = Interlocked.Read(ref _started);
            if (now != seen)
                (seen, since, used) = (now, clock.Elapsed, process.TotalProcessorTime);
            else if (
                process.TotalProcessorTime - used > LongestProcessorTime
                || clock.Elapsed - since > LongestInputTime
            )
                return new FuzzFailure(_running!.Target.Name, _running.Input, "takes too long");
        }
        return null;
    }

    /// <summary>One target, the inputs known for it and what they led to.</summary>
    sealed class Lane(FuzzTarget target, int seed, string? corpusFolder)
    {
        const int MostKept = 4096;
        const int SeedStep = 7919;

        readonly Mutator _mutator = new(seed + (SeedStep * target.Name.Length), target.MaxInputBytes, target.Words);
        readonly string? _folder = corpusFolder is null ? null : Path.Combine(corpusFolder, target.Name);
        readonly HashSet<FuzzOutcome> _seen = [];
        IReadOnlyList<byte[]> _seeds = [];
        List<byte[]> _known = [];
        int _next;

        public FuzzTarget Target => target;

        public int Credit { get; set; }

        public byte[] Input { get; private set; } = [];

        public FuzzOutcome Last { get; private set; }

        public Dictionary<string, long> Outcomes { get; } = new(StringComparer.Ordinal);

        /// <summary>The seeds as they are, then what is made of them.</summary>
        public void Prepare()
        {
            if (_known.Count == 0)
            {
                _seeds = [.. target.Seeds, .. _folder is null ? [] : InputFolder.Load(_folder)];
                _known = [.. _seeds];
            }
            Input =
                _next < _seeds.Count ? _seeds[_next++] : _mutator.Mutate(_mutator.Pick(_known), _mutator.Pick(_known));
        }

        public FuzzFailure? Try(byte[] input)
        {
            var before = target.Allocated;
            try
            {
                Last = target.Run(input);
            }
#pragma warning disable CA1031 // whatever a target throws is what the fuzzer looks for
            catch (Exception e)
#pragma warning restore CA1031
            {
                return new FuzzFailure(target.Name, input, e is FuzzException ? e.Message : e.ToString());
            }
            var allocated = target.Allocated - before;
            if (allocated > target.AllocationLimit(input.Length))
                return new FuzzFailure(target.Name, input, $"allocated {allocated} bytes for {input.Length}");
            Outcomes[Last.Kind] = Outcomes.GetValueOrDefault(Last.Kind) + 1;
            if (_known.Count < MostKept && _seen.Add(Last))
                Keep(input);
            return null;
        }

        void Keep(byte[] input)
        {
            _known.Add(input);
            if (_folder is not null && _next == _seeds.Count)
                InputFolder.Save(_folder, input);
        }
    }
}
