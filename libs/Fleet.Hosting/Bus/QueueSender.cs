using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Fleet.Hosting.Bus;

/// <summary>Sends messages to a queue and returns when RabbitMQ has stored them. Messages go one after the other.</summary>
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
            await _gate.WaitAsync(both.Token);
            try
            {
                await SendOnceAsync(queue, message, both.Token);
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

    async Task SendOnceAsync<T>(string queue, T message, CancellationToken ct)
        where T : class
    {
        if (_channel is not { IsOpen: true })
        {
            await CloseAsync();
            await admin.DeclareAsync(ct);
            _connection = await admin.ConnectAsync(ct);
            _channel = await _connection.CreateChannelAsync(Confirmed, ct);
        }
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
        await _channel.BasicPublishAsync(queue, routingKey: "", mandatory: true, properties, body, ct);
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
