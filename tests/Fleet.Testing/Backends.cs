namespace Fleet.Testing;

/// <summary>The servers that a test run shares: each starts when first asked for and ends with <see cref="StopAsync"/>.</summary>
/// <remarks>Tests that kill a server start one of their own instead.</remarks>
public static class Backends
{
    static readonly Lock Gate = new();
    static Task<Postgres>? PostgresServer;
    static Task<RabbitMq>? RabbitMqServer;
    static Task<Redis>? RedisServer;
    static Task<CephS3>? CephServer;

    public static Task<Postgres> PostgresAsync() => Shared(ref PostgresServer, Postgres.StartAsync);

    public static Task<RabbitMq> RabbitMqAsync() => Shared(ref RabbitMqServer, RabbitMq.StartAsync);

    public static Task<Redis> RedisAsync() => Shared(ref RedisServer, Redis.StartAsync);

    public static Task<CephS3> CephAsync() => Shared(ref CephServer, CephS3.StartAsync);

    /// <summary>Ends what was started; called once, when the run is over.</summary>
    public static async Task StopAsync()
    {
        if (PostgresServer is not null)
            await (await PostgresServer).DisposeAsync();
        if (RabbitMqServer is not null)
            await (await RabbitMqServer).DisposeAsync();
        if (RedisServer is not null)
            await (await RedisServer).DisposeAsync();
        if (CephServer is not null)
            await (await CephServer).DisposeAsync();
    }

    static Task<T> Shared<T>(ref Task<T>? slot, Func<Task<T>> start)
    {
        lock (Gate)
            return slot ??= start();
    }
}
