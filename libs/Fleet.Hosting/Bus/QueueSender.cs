using MassTransit;
using Microsoft.Extensions.Options;

namespace Fleet.Hosting.Bus;

/// <summary>Sends messages to a queue and returns when RabbitMQ has stored them.</summary>
public sealed class QueueSender(
    ISendEndpointProvider endpoints,
    RabbitMqAdmin admin,
    IOptions<RabbitMqOptions> options,
    TimeProvider time
)
{
    volatile bool _declared;

    /// <summary>
    /// Sends one message; a message that no queue takes is an error. After an error the queues are declared anew
    /// before the next message: a RabbitMQ that came back empty is repaired by use.
    /// </summary>
    /// <exception cref="TimeoutException">RabbitMQ did not confirm within <see cref="RabbitMqOptions.PublishTimeout"/>; the message may be there or not.</exception>
    public async Task SendAsync<T>(string queue, T message, CancellationToken ct)
        where T : class
    {
        using var deadline = new CancellationTokenSource(options.Value.PublishTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            await SendOnceAsync(queue, message, both.Token);
        }
        catch (Exception e)
            when (MarkUndeclared() && e is OperationCanceledException && deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"RabbitMQ did not confirm a message to {queue} in time.", e);
        }
    }

    async Task SendOnceAsync<T>(string queue, T message, CancellationToken ct)
        where T : class
    {
        if (!_declared)
        {
            await admin.DeclareAsync(ct);
            _declared = true;
        }

        // "exchange:", not "queue:": the latter declares the queue anew without its arguments and is refused.
        var endpoint = await endpoints.GetSendEndpoint(new Uri($"exchange:{queue}")).WaitAsync(ct);
        await endpoint.Send(message, Pipe.Execute<SendContext<T>>(RequireQueue), ct).WaitAsync(ct);
    }

    static void RequireQueue(SendContext context)
    {
        if (context.TryGetPayload(out RabbitMqSendContext? rabbit))
            rabbit.Mandatory = true;
    }

    bool MarkUndeclared()
    {
        _declared = false;
        return true;
    }
}
