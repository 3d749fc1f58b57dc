using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace Fleet.Hosting.Bus;

/// <summary>A message that could not be delivered.</summary>
/// <param name="Queue">Where it came from; empty when RabbitMQ does not say.</param>
/// <param name="Reason">RabbitMQ's word: delivery_limit, rejected, expired, maxlen.</param>
/// <param name="At">When it died, in UTC, to the second.</param>
/// <param name="Body">The envelope as it was sent.</param>
public sealed record DeadLetter(string Queue, string Reason, DateTimeOffset? At, ReadOnlyMemory<byte> Body)
{
    /// <summary>The message in the envelope, or null when it is not a <typeparamref name="T"/>.</summary>
    public T? ReadOrNull<T>()
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<Envelope<T>>(Body.Span, JsonSerializerOptions.Web)?.Message;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static DeadLetter Of(BasicGetResult got)
    {
        object? deaths = null;
        got.BasicProperties.Headers?.TryGetValue("x-death", out deaths);
        var death = (deaths as List<object>)?.FirstOrDefault() as IReadOnlyDictionary<string, object>;
        return new(
            TextOf(death?.GetValueOrDefault("queue")),
            TextOf(death?.GetValueOrDefault("reason")),
            death?.GetValueOrDefault("time") is AmqpTimestamp at
                ? DateTimeOffset.FromUnixTimeSeconds(at.UnixTime)
                : null,
            got.Body.ToArray()
        );
    }

    static string TextOf(object? value) => value is byte[] text ? Encoding.UTF8.GetString(text) : "";

    sealed record Envelope<T>(T? Message);
}
