using System.ComponentModel.DataAnnotations;

namespace Fleet.Hosting.Bus;

/// <summary>Which RabbitMQ to use. Section <c>RabbitMq</c>.</summary>
public sealed record RabbitMqOptions
{
    /// <summary>amqp(s)://user:password@host:port/vhost.</summary>
    [Required]
    public Uri Uri { get; init; } = null!;

    /// <summary>Longest time a publish may wait for RabbitMQ's confirm. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deliveries of one message before it is dead-lettered; a crashed consumer counts. Default 8.</summary>
    [Range(1, 100)]
    public int DeliveryLimit { get; init; } = 8;

    /// <summary>How long a consumer may get nothing while RabbitMQ answers and has something for it; then the process ends with exit code 75, to be started again. Default 8 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConsumerPatience { get; init; } = TimeSpan.FromSeconds(8);

    internal string UserName => Part(0);

    internal string Password => Part(1);

    internal string VirtualHost => Uri.AbsolutePath is "" or "/" ? "/" : Uri.UnescapeDataString(Uri.AbsolutePath[1..]);

    internal bool Tls => Uri.Scheme is "amqps";

    internal ushort Port => Uri.Port > 0 ? (ushort)Uri.Port : (ushort)(Tls ? 5671 : 5672);

    /// <summary>The host without the credentials.</summary>
    public override string ToString() => $"{Uri.Host}:{Port}/{VirtualHost}";

    string Part(int index)
    {
        var parts = Uri.UserInfo.Split(':', 2);
        return index < parts.Length && parts[index].Length > 0 ? Uri.UnescapeDataString(parts[index]) : "guest";
    }
}
