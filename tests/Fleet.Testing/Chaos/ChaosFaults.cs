using System.Diagnostics;

namespace Fleet.Testing.Chaos;

/// <summary>A fault that happened.</summary>
/// <param name="Name">Which.</param>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When what was broken answered again.</param>
/// <param name="Running">Jobs that ran when it began, with the length of their history.</param>
sealed record FaultDone(
    string Name,
    DateTimeOffset Began,
    DateTimeOffset Ended,
    IReadOnlyDictionary<Guid, long> Running
);

/// <summary>Breaks things, one after the other, and mends what does not mend itself.</summary>
sealed class ChaosFaults(FleetSystem fleet, FlakyProxy store, ChaosLoad load, ChaosOptions options, Action<string> say)
{
    static readonly string[] Workers = ["Fleet.Worker", "Fleet.Worker#2"];
    static readonly TimeSpan ConsumersWithin = TimeSpan.FromSeconds(60);

    readonly Random _random = new(options.Seed);
    readonly List<FaultDone> _done = [];
    Task _freeze = Task.CompletedTask;

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<FaultDone> Done => _done;

    /// <summary>The longest time that a queue was without consumers after RabbitMQ was back.</summary>
    public TimeSpan LongestWithoutConsumers { get; private set; }

    /// <summary>Every fault once, in an order made by chance, and again, until the time is over.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        (string Name, Func<Task> Break)[] faults =
        [
            ("worker killed", () => RestartAsync(Worker())),
            ("worker frozen", FreezeAsync),
            ("broker killed", () => RestartAsync("Fleet.Broker")),
            ("intake killed", () => RestartAsync("Fleet.Intake")),
            ("notifier killed", () => RestartAsync("Fleet.Notifier")),
            ("RabbitMQ killed", () => RestartRabbitAsync(wiped: false)),
            ("RabbitMQ wiped", () => RestartRabbitAsync(wiped: true)),
            ("Postgres killed", RestartPostgresAsync),
            ("Redis flushed", fleet.Redis.FlushAsync),
            ("Redis killed", RestartRedisAsync),
            ("S3 answers 503", () => BreakStoreAsync(ProxyMode.SlowDown)),
            ("S3 hangs", () => BreakStoreAsync(ProxyMode.Hang)),
            ("flood", FloodAsync),
            ("connections dropped", fleet.Telegram.DropConnectionsAsync),
            ("file references expired", load.ExpireReferencesAsync),
            ("disk full", FillDiskAsync),
        ];
        while (!ct.IsCancellationRequested)
        {
            _random.Shuffle(faults);
            foreach (var (name, breakIt) in faults)
            {
                await DelayAsync(_random.Next(1000, 4000), ct);
                if (ct.IsCancellationRequested)
                    break;
                var running = await load.RunningAsync();
                var began = Now();
                say($"{name}, {running.Count} jobs run");
                await breakIt();
                _done.Add(new(name, began, Now(), running));
            }
        }
        await _freeze;
    }

    string Worker() => Workers[_random.Next(Workers.Length)];

    async Task RestartAsync(string service)
    {
        await fleet.Service(service).KillAsync();
        await fleet.RestartAsync(service);
    }

    /// <summary>Others happen meanwhile.</summary>
    async Task FreezeAsync()
    {
        await _freeze;
        var worker = Worker();
        fleet.Service(worker).Signal(19);
        _freeze = ThawAsync();

        async Task ThawAsync()
        {
            await DelayAsync((int)options.Freeze.TotalMilliseconds, CancellationToken.None);
            fleet.Service(worker).Signal(18); // of a later process, if it was killed meanwhile: that does no harm
        }
    }

    async Task RestartRabbitAsync(bool wiped)
    {
        await fleet.RabbitMq.KillAsync();
        await DelayAsync(_random.Next(500, 4000), CancellationToken.None);
        await fleet.RabbitMq.RestartAsync(wiped);
        await ConsumersAsync();
        if (!wiped)
            return;
        // RabbitMQ 3.10 brings a quorum queue that it is killed soon after making back without a leader: an orderly
        // restart puts the queues on its disk.
        await fleet.RabbitMq.RestartAsync();
        await ConsumersAsync();
    }

    /// <summary>Waits until both queues have consumers again. A worker that ends to be started again is started again.</summary>
    async Task ConsumersAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (!await load.HaveConsumersAsync())
        {
            if (Stopwatch.GetElapsedTime(began) > ConsumersWithin)
                throw new TimeoutException($"No consumers within {ConsumersWithin}.");
            await DelayAsync(milliseconds: 500, CancellationToken.None);
        }
        var took = Stopwatch.GetElapsedTime(began);
        if (took > LongestWithoutConsumers)
            LongestWithoutConsumers = took;
    }

    async Task RestartPostgresAsync()
    {
        await fleet.Postgres.KillAsync();
        await DelayAsync(_random.Next(500, 4000), CancellationToken.None);
        await fleet.Postgres.RestartAsync();
    }

    async Task RestartRedisAsync()
    {
        await fleet.Redis.KillAsync();
        await DelayAsync(_random.Next(500, 8000), CancellationToken.None);
        await fleet.Redis.RestartAsync();
    }

    async Task BreakStoreAsync(ProxyMode mode)
    {
        store.Switch(mode);
        await DelayAsync(_random.Next(3000, 12_000), CancellationToken.None);
        store.Switch(ProxyMode.Pass);
    }

    async Task FloodAsync()
    {
        var user = fleet.UserIds[_random.Next(fleet.UserIds.Count)];
        await fleet.Telegram.FailAsync("upload.getFile", $"FLOOD_WAIT_{_random.Next(1, 15)}", userId: user);
    }

    async Task FillDiskAsync()
    {
        var worker = Worker();
        fleet.FillWorkDisk(worker);
        await DelayAsync(_random.Next(3000, 8000), CancellationToken.None);
        fleet.EmptyWorkDisk(worker);
    }

    static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    static Task DelayAsync(int milliseconds, CancellationToken ct) =>
        Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, ct)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
