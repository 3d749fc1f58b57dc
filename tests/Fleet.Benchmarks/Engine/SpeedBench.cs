namespace Fleet.Benchmarks;

/// <summary>What a GiB costs the engine, beside the floor measured in this process, and what it costs the emulator.</summary>
static class SpeedBench
{
    const int Connections = 4;
    const int WindowBytes = 16 << 20;
    const int Runs = 3;
    const long Bytes = EngineRig.FileBytes;

    public static async Task RunAsync(EngineRig rig, Report report)
    {
        var (zeros, source) = await ZeroSource.StartAsync();
        await using var zerosGuard = zeros;
        await Floor.CryptoAsync(Bytes / 8); // let the JIT finish with the loops
        await Floor.CryptoTogetherAsync(Bytes / 8);
        await Floor.SocketAsync(Bytes / 8, source);
        var crypto = await Floor.CryptoAsync(Bytes);
        var together = await Floor.CryptoTogetherAsync(Bytes);
        var socket = await Floor.SocketAsync(Bytes, source);
        var floor = crypto.CpuPerGib(Bytes) + socket.CpuPerGib(Bytes);

        await using var client = await EngineClient.LoginAsync(rig.Emulator, Connections, WindowBytes);
        var media = await client.ResolveAsync(rig.File.Link);
        await client.DownloadAsync(media, Bytes / 8);
        var (engine, emulator) = await BestAsync(rig, () => client.DownloadAsync(media, Bytes));
        await client.DrainAsync(media, Bytes / 8);
        var (drain, draining) = await BestAsync(rig, () => client.DrainAsync(media, Bytes));

        var perGib = engine.CpuPerGib(Bytes);
        report.Add(new("engine CPU per GiB, loopback", perGib, "CPU-s", "floor", floor, 1.5));
        report.Add(
            new(
                "engine throughput, loopback",
                engine.Rate(Bytes),
                "MiB/s",
                "one-core crypto ceiling",
                crypto.Rate(Bytes),
                0.6,
                Better.Higher
            )
        );
        report.Add(new("emulator CPU per GiB, meanwhile", emulator, "CPU-s", "engine", perGib));
        report.Add(
            new(
                "emulator to a reader that drops all",
                drain.Rate(Bytes),
                "MiB/s",
                "engine",
                engine.Rate(Bytes),
                1,
                Better.Higher
            )
        );
        report.Add(new("emulator CPU per GiB, to that reader", draining, "CPU-s"));
        report.Add(new("floor: AES-IGE + SHA-256, one stream", crypto.CpuPerGib(Bytes), "CPU-s"));
        report.Add(new("floor: the same, four interleaved", together.CpuPerGib(Bytes), "CPU-s"));
        report.Add(new("floor: socket and one copy", socket.CpuPerGib(Bytes), "CPU-s"));
    }

    /// <summary>The cheapest of several runs, because other work on the machine only ever adds; and the emulator's cheapest.</summary>
    static async Task<(Cost Engine, double EmulatorCpuPerGib)> BestAsync(EngineRig rig, Func<Task> download)
    {
        Cost? best = null;
        var emulator = double.MaxValue;
        for (var run = 0; run < Runs; run++)
        {
            var before = await rig.EmulatorCpuAsync();
            var cost = await Meter.MeasureAsync(download);
            emulator = Math.Min(
                emulator,
                (await rig.EmulatorCpuAsync() - before) / (Bytes / (double)EngineRig.FileBytes)
            );
            best = best is null || cost.Cpu < best.Cpu ? cost : best;
        }
        return (best!, emulator);
    }
}
