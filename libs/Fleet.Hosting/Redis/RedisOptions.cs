using System.ComponentModel.DataAnnotations;

namespace Fleet.Hosting;

/// <summary>The Redis that makes the broker fast and counts requests. It holds nothing that cannot be made again.</summary>
public sealed record RedisOptions
{
    /// <summary>
    /// host:port with the options of StackExchange.Redis, for example 127.0.0.1:6379,defaultDatabase=1.
    /// Empty: the broker works without, each replica on its own memory, and the API limits no requests.
    /// </summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Longest wait for one command. Default 250 ms; a slower Redis is treated as one that is down.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>After a failure, how long Redis is not asked again. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Hides a password in <see cref="Endpoint"/>.</summary>
    public override string ToString() => $"RedisOptions {{ Timeout = {Timeout}, Pause = {Pause} }}";
}
