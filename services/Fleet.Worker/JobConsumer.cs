using Fleet.Jobs;
using MassTransit;

namespace Fleet.Worker;

/// <summary>Takes one message off a queue and holds it for one attempt or slice of the job whose turn it is.</summary>
sealed class JobConsumer(JobRunner runner) : IConsumer<JobQueued>
{
    public Task Consume(ConsumeContext<JobQueued> context) =>
        runner.RunAsync(JobQueue.Interactive, context.CancellationToken);
}

/// <summary>The same for the other queue, with slots of its own.</summary>
sealed class BulkJobConsumer(JobRunner runner) : IConsumer<JobQueued>
{
    public Task Consume(ConsumeContext<JobQueued> context) => runner.RunAsync(JobQueue.Bulk, context.CancellationToken);
}
