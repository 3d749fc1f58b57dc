using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Fleet.Testing.Chaos;

/// <summary>What a run of chaos showed.</summary>
/// <param name="Faults">How many happened.</param>
/// <param name="Jobs">How many were made.</param>
/// <param name="Lost">Jobs that did not succeed, with what they say.</param>
/// <param name="Wrong">Jobs whose file is not the one that was posted.</param>
/// <param name="NotOnce">Jobs that did not end exactly once: in their history, their files or their webhooks.</param>
/// <param name="OutOfTurn">Writes of somebody whose claim was over, and entries behind the end of a history.</param>
/// <param name="DespiteFlood">Calls to Telegram within a flood wait.</param>
/// <param name="RecoveryP99">Of the jobs that ran when a fault began: from its end to the next thing that happened to them.</param>
/// <param name="WithoutConsumers">Longest time that a queue had none after RabbitMQ was back.</param>
public sealed record ChaosReport(
    int Faults,
    int Jobs,
    IReadOnlyList<string> Lost,
    int Wrong,
    int NotOnce,
    long OutOfTurn,
    long DespiteFlood,
    TimeSpan RecoveryP99,
    TimeSpan WithoutConsumers
);

/// <summary>All of Fleet with two workers over real servers, of which one after the other is killed, frozen, wiped, filled or slowed while jobs come in.</summary>
public static class ChaosRun
{
    const int Accounts = 3;
    const long WorkDiskBytes = 512 << 20;

    static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    /// <summary>Writes that only somebody without a claim could make; the database notes them.</summary>
    const string Audit = """
        create table chaos_write (job_id uuid, old_fence bigint, new_fence bigint, old_status text, new_status text);
        create function chaos_audit() returns trigger language plpgsql as $$
        begin
            if new.fence < old.fence or new.attempt < old.attempt
                or (old.status in ('succeeded', 'failed', 'canceled')
                    and (new.status, new.fence) is distinct from (old.status, old.fence)) then
                insert into chaos_write values (old.id, old.fence, new.fence, old.status, new.status);
            end if;
            return new;
        end $$;
        create trigger chaos_audit before update on job for each row execute function chaos_audit();
        select 0::bigint
        """;

    const string BehindTheEnd = """
        select count(*) from job_event entry
        where exists (
            select 1 from job_event ending
            where ending.job_id = entry.job_id and ending.seq < entry.seq
                and ending.type in ('succeeded', 'failed', 'canceled')
        )
        """;

    const string NotOnce = """
        select count(*) from job
        where (select count(*) from job_event e where e.job_id = job.id and e.type = 'succeeded') <> 1
            or (select count(*) from job_file f where f.job_id = job.id) <> 1
            or (select count(*) from webhook_delivery d where d.job_id = job.id) <> 1
        """;

    /// <param name="options">How much of it.</param>
    /// <param name="say">Told what happens, a line at a time.</param>
    public static async Task<ChaosReport> RunAsync(ChaosOptions options, Action<string> say)
    {
        var ceph = await Backends.CephAsync();
        await using var proxy = new FlakyProxy(ceph.Endpoint);
        await using var webhooks = await WebhookReceiver.StartAsync();
        await using var fleet = await StartAsync(options, proxy.Address, webhooks);
        var load = new ChaosLoad(fleet, options);
        await load.CountAsync(Audit);
        var files = await load.PostAsync();
        say($"seed {options.Seed}: {files.Count} files are posted");

        var faults = new ChaosFaults(fleet, proxy, load, options, say);
        using var over = new CancellationTokenSource(options.Lasts, TimeProvider.System);
        var submitting = load.SubmitAsync(files);
        await faults.RunAsync(over.Token);
        await submitting;
        say($"{faults.Done.Count} faults are over; the last jobs may take {options.Calm}");
        await CalmAsync(load, options.Calm);
        await WebhooksAsync(webhooks, load, options.Calm);

        var (lost, wrong) = await LookAsync(fleet, load);
        var stats = await fleet.Telegram.StatsAsync();
        var heard = webhooks
            .Received.GroupBy(w => (string)JsonNode.Parse(w.Body)!["data"]!["id"]!, StringComparer.Ordinal)
            .ToList();
        return new ChaosReport(
            faults.Done.Count,
            load.Jobs.Count,
            lost,
            wrong,
            (int)await load.CountAsync(NotOnce)
                + heard.Count(job => job.Select(w => w.Id).Distinct(StringComparer.Ordinal).Count() != 1),
            await load.CountAsync("select count(*) from chaos_write") + await load.CountAsync(BehindTheEnd),
            (long)stats["calls_despite_flood"]!,
            await RecoveryAsync(faults.Done, load),
            faults.LongestWithoutConsumers
        );
    }

    static async Task<FleetSystem> StartAsync(ChaosOptions options, Uri store, WebhookReceiver webhooks)
    {
        var fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                S3 = true,
                S3Address = store,
                Accounts = Accounts,
                IsSupervised = true,
                IsDurable = true,
                WorkDiskBytes = WorkDiskBytes,
                Emulator = ["--enforce-flood"],
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Jobs__Lease"] = options.Lease.ToString(),
                    ["FLEET_Intake__LostMessageAge"] = "00:00:20",
                },
            }
        );
        await fleet.StartAnotherAsync("Fleet.Worker#2");
        using var answer = await fleet.Client.Http.PostAsJsonAsync("/v1/webhook-endpoints", new { url = webhooks.Url });
        answer.EnsureSuccessStatusCode();
        return fleet;
    }

    static async Task CalmAsync(ChaosLoad load, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        while (
            Stopwatch.GetElapsedTime(began) < within
            && await load.CountAsync("select count(*) from job where finished_at is null") > 0
        )
            await Task.Delay(PollEvery, TimeProvider.System);
    }

    static async Task WebhooksAsync(WebhookReceiver webhooks, ChaosLoad load, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        while (webhooks.Received.Count < load.Jobs.Count && Stopwatch.GetElapsedTime(began) < within)
            await Task.Delay(PollEvery, TimeProvider.System);
    }

    /// <summary>Every job, and every byte of its file, as its owner sees them.</summary>
    static async Task<(IReadOnlyList<string> Lost, int Wrong)> LookAsync(FleetSystem fleet, ChaosLoad load)
    {
        var lost = new List<string>();
        var wrong = 0;
        foreach (var job in load.Jobs)
        {
            using var answer = await fleet.Client.Http.GetAsync($"/v1/jobs/{job.Id}");
            var found = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            if (!answer.IsSuccessStatusCode || (string)found["status"]! != "succeeded")
            {
                lost.Add(found.ToJsonString());
                continue;
            }
            var file = found["files"]![0]!;
            var (_, sha256) = await fleet.Client.DownloadAsync(job.Id.ToString(), (string)file["id"]!);
            if (sha256 != (string)file["sha256"]! || (job.Sha256 is { } posted && sha256 != posted))
                wrong++;
        }
        return (lost, wrong);
    }

    static async Task<TimeSpan> RecoveryAsync(IReadOnlyList<FaultDone> faults, ChaosLoad load)
    {
        var took = new List<TimeSpan>();
        foreach (var fault in faults)
        foreach (var (job, seq) in fault.Running)
        {
            var next = $"select created_at from job_event where job_id = '{job}' and seq > {seq} order by seq limit 1";
            await foreach (var row in load.QueryAsync(next))
                took.Add(row.GetDateTime(0) - fault.Ended.UtcDateTime);
        }
        took.Sort();
        return took.Count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(0, took[took.Count * 99 / 100].Ticks));
    }
}
