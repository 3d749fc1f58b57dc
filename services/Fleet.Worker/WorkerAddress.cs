using Fleet.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;

namespace Fleet.Worker;

/// <summary>The name under which this worker claims jobs: the address at which Intake reaches it.</summary>
sealed class WorkerAddress(IServer server, IOptions<WorkerOptions> options, IHostApplicationLifetime lifetime)
{
    /// <summary>Waits until the worker listens; messages may come before.</summary>
    public async Task<string> FindAsync(CancellationToken ct)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (lifetime.ApplicationStarted.Register(started.SetResult))
                await started.Task.WaitAsync(ct);
        }
        return ListeningAddress.Of(server, options.Value.Address);
    }
}
