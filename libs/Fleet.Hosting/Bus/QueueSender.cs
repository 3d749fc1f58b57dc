using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Fleet.Hosting.Bus;

/// <summary>Sends messages to a queue and returns when RabbitMQ has stored them. Many may be under way: RabbitMQ stores those that come together at the price of one.</summary>
/// <remarks>
/// It has a connection of its own beside MassTransit's: a publish of MassTransit 8.4.0 that is given up while RabbitMQ
/// is away leaves its bus without a connection for ever. Messages are MassTransit's envelope, so its consumers read them.
/// </remarks>
public sealed class QueueSender(RabbitMqAdmin admin, IOptions<RabbitMqOptions> options, TimeProvider time)
    : IAsyncDisposable
{
    const string EnvelopeType = "application/vnd.masstransit+json";

    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    static readonly CreateChannelOptions Confirmed = new(
        publisherConfirmationsEnabled: true,
        publisherConfirmationTrackingEnabled: true
    );

    readonly SemaphoreSlim _gate = new(1, 1);
    IConnection? _connection;
    IChannel? _channel;

    /// <summary>
    /// Sends one message; a message that no queue takes is an error. After an error the next message opens a new
    /// connection and declares the queues anew: a RabbitMQ that came back empty is repaired by use.
    /// </summary>
    /// <exception cref="TimeoutException">RabbitMQ did not confirm within <see cref="RabbitMqOptions.PublishTimeout"/>; the message may be there or not.</exception>
    public async Task SendAsync<T>(string queue, T message, CancellationToken ct)
        where T : class
    {
        using var deadline = new CancellationTokenSource(options.Value.PublishTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            var channel = await OpenAsync(both.Token);
            try
            {
                await PublishAsync(channel, queue, message, both.Token);
            }
            catch
            {
                await ForgetAsync(channel);
                throw;
            }
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"RabbitMQ did not confirm a message to {queue} in time.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _gate.Dispose();
    }

    /// <summary>The channel that all messages take, until one of them fails.</summary>
    async Task<IChannel> OpenAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_channel is { IsOpen: true } open)
                return open;
            await CloseAsync();
            await admin.DeclareAsync(ct);
            _connection = await admin.ConnectAsync(ct);
            return _channel = await _connection.CreateChannelAsync(Confirmed, ct);
        }
        catch
        {
            await CloseAsync();
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes a channel on which a message failed, unless another one is in use by now.</summary>
    async Task ForgetAsync(IChannel channel)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (ReferenceEquals(_channel, channel))
                await CloseAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task PublishAsync<T>(IChannel channel, string queue, T message, CancellationToken ct)
        where T : class
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var envelope = new
        {
            MessageId = id,
            MessageType = new[] { MessageUrn.ForTypeString<T>() },
            Message = message,
            SentTime = time.GetUtcNow(),
        };
        var properties = new BasicProperties
        {
            MessageId = id.ToString(),
            ContentType = EnvelopeType,
            DeliveryMode = DeliveryModes.Persistent,
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(envelope, JsonSerializerOptions.Web);
        await channel.BasicPublishAsync(queue, routingKey: "", mandatory: true, properties, body, ct);
    }

    /// <summary>Forgets the connection; a peer that does not answer the farewell holds it up for a second only.</summary>
    async Task CloseAsync()
    {
        var (channel, connection) = (_channel, _connection);
        (_channel, _connection) = (null, null);
        if (connection is null)
            return;
        await connection.AbortAsync(Farewell);
        if (channel is not null)
            await channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}
