using System.Globalization;
using Fleet.Hosting.Bus;
using Fleet.Jobs;

namespace Fleet.Intake.Verbs;

/// <summary>What the command line said after queues.</summary>
/// <param name="Deed">list, pause, resume, dead or requeue.</param>
sealed record QueuesArguments(string Deed, JobQueue Queue = default, string? Reason = null)
{
    /// <summary>Null when it is something else.</summary>
    public static QueuesArguments? ParseOrNull(string[] args) =>
        args switch
        {
            [] => new("list"),
            ["dead" or "requeue"] => new(args[0]),
            ["pause" or "resume", var name] when QueueOrNull(name) is { } queue => new(args[0], queue),
            ["pause", var name, "--reason", { Length: > 0 and <= QueueControl.MaxReason } reason]
                when QueueOrNull(name) is { } queue => new("pause", queue, reason),
            _ => null,
        };

    static JobQueue? QueueOrNull(string name) =>
        Enum.GetValues<JobQueue>().Cast<JobQueue?>().FirstOrDefault(queue => EnumText.Of(queue!.Value) == name);
}

/// <summary>Shows the queues and their dead letters, holds one back, lets it go on, and gives dead letters another try.</summary>
sealed class QueuesVerb(QueueControl control, RabbitMqAdmin rabbit, TextWriter output)
{
    const int ShownLetters = 100;

    public async Task RunAsync(QueuesArguments given, CancellationToken ct)
    {
        switch (given.Deed)
        {
            case "pause":
                await control.PauseAsync(given.Queue, given.Reason, ct);
                await SayAsync($"{EnumText.Of(given.Queue)} is paused: running jobs go on, no other starts");
                break;
            case "resume":
                var paused = await control.ResumeAsync(given.Queue, ct);
                await SayAsync($"{EnumText.Of(given.Queue)} {(paused ? "goes on" : "was not paused")}");
                break;
            case "dead":
                await ShowDeadAsync(ct);
                break;
            case "requeue":
                await RequeueAsync(ct);
                break;
            default:
                await ListAsync(ct);
                break;
        }
    }

    /// <summary>One line for each queue, and one for the dead letters.</summary>
    async Task ListAsync(CancellationToken ct)
    {
        var loads = await rabbit.DeclareAsync(ct);
        foreach (var queue in await control.ListAsync(ct))
        {
            var load = loads[JobQueues.NameOf(queue.Queue)];
            await SayAsync(
                $"{EnumText.Of(queue.Queue), -12} {queue.Queued} queued (the eldest {queue.OldestSeconds:0} s), {queue.Waiting} waiting, {queue.Running} running; {load.Messages} messages, {load.Consumers} consumers{PauseText(queue)}"
            );
        }
        var dead = await rabbit.ReadAsync(RabbitMqAdmin.DeadLetters, ct);
        await SayAsync($"{"dead letters", -12} {dead.Messages}");
    }

    static string PauseText(QueueView queue) =>
        queue.Pause is not { } pause
            ? ""
            : FormattableString.Invariant($"; paused since {pause.Since:u}")
                + (pause.Reason is { } reason ? $" ({reason})" : "");

    async Task ShowDeadAsync(CancellationToken ct)
    {
        await rabbit.DeclareAsync(ct);
        foreach (var letter in await rabbit.PeekDeadLettersAsync(ShownLetters, ct))
            await SayAsync(
                $"{letter.At:u}  {letter.Queue}  {letter.Reason}  {letter.ReadOrNull<JobQueued>()?.JobId.ToString() ?? "not a job"}"
            );
    }

    /// <summary>Publishes the jobs again that still wait for their message; the other letters have nobody who needs them.</summary>
    async Task RequeueAsync(CancellationToken ct)
    {
        await rabbit.DeclareAsync(ct);
        var again = 0;
        var all = await rabbit.TakeDeadLettersAsync(
            async (letter, ct) =>
            {
                if (letter.ReadOrNull<JobQueued>() is { } job && await control.PublishAgainAsync(job.JobId, ct))
                    again++;
            },
            ct
        );
        await SayAsync($"{again} published again, {all - again} dropped: their jobs wait for no message");
    }

    Task SayAsync(FormattableString line) => output.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));
}
