namespace Fleet.Testing;

/// <summary>The servers that a test run shares: each starts when first asked for and ends with <see cref="StopAsync"/>.</summary>
/// <remarks>Tests that kill a server start one of their own instead.</remarks>
public static class Backends
{
    static readonly Lock Gate = new();
    static Task<Postgres>? postgres;
    static Task<RabbitMq>? rabbitMq;
    static Task<Redis>? redis;
    static Task<CephS3>? ceph;

    public static Task<Postgres> PostgresAsync() => Shared(ref postgres, Postgres.StartAsync);

    public static Task<RabbitMq> RabbitMqAsync() => Shared(ref rabbitMq, RabbitMq.StartAsync);

    public static Task<Redis> RedisAsync() => Shared(ref redis, Redis.StartAsync);

    public static Task<CephS3> CephAsync() => Shared(ref ceph, CephS3.StartAsync);

    /// <summary>Ends what was started; called once, when the run is over.</summary>
    public static async Task StopAsync()
    {
        if (postgres is not null)
            await (await postgres).DisposeAsync();
        if (rabbitMq is not null)
            await (await rabbitMq).DisposeAsync();
        if (redis is not null)
            await (await redis).DisposeAsync();
        if (ceph is not null)
            await (await ceph).DisposeAsync();
    }

    static Task<T> Shared<T>(ref Task<T>? slot, Func<Task<T>> start)
    {
        lock (Gate)
            return slot ??= start();
    }
}
