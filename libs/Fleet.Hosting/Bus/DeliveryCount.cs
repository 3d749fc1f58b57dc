using MassTransit;

namespace Fleet.Hosting.Bus;

/// <summary>How many deliveries of one queue this process holds, and how many it was ever given.</summary>
sealed class DeliveryCount
{
    long _held;
    long _arrived;

    public long Held => Interlocked.Read(ref _held);

    public long Arrived => Interlocked.Read(ref _arrived);

    public void Arrive()
    {
        Interlocked.Increment(ref _arrived);
        Interlocked.Increment(ref _held);
    }

    public void Leave() => Interlocked.Decrement(ref _held);
}

/// <summary>Counts what MassTransit hands to our consumers.</summary>
sealed class DeliveryObserver(IEnumerable<FleetBusBuilder.Consumer> consumers) : IReceiveObserver
{
    readonly Dictionary<string, DeliveryCount> _byQueue = consumers.ToDictionary(
        consumer => consumer.Queue,
        consumer => consumer.Deliveries,
        StringComparer.Ordinal
    );

    public Task PreReceive(ReceiveContext context)
    {
        Find(context)?.Arrive();
        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context)
    {
        Find(context)?.Leave();
        return Task.CompletedTask;
    }

    public Task ReceiveFault(ReceiveContext context, Exception exception) => PostReceive(context);

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;

    // The bus has an endpoint of its own, which nobody sends to.
    DeliveryCount? Find(ReceiveContext context) => _byQueue.GetValueOrDefault(context.InputAddress.Segments[^1]);
}
