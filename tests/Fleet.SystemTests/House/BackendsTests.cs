using Fleet.Testing;
using Npgsql;

namespace Fleet.SystemTests.House;

/// <summary>The servers that the other tests stand on start, die and come back.</summary>
[Category("operations")]
public sealed class BackendsTests
{
    [Test]
    public async Task A_killed_postgres_comes_back_with_its_data()
    {
        await using var postgres = await Postgres.StartAsync();
        var database = await postgres.CreateDatabaseAsync();

        await postgres.KillAsync();
        await postgres.RestartAsync();

        await using var source = NpgsqlDataSource.Create(database);
        await using var one = source.CreateCommand("select 1");
        Assert.That(await one.ExecuteScalarAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_killed_rabbitmq_comes_back()
    {
        await using var rabbit = await RabbitMq.StartAsync();

        await rabbit.KillAsync();

        Assert.That(async () => await rabbit.RestartAsync(), Throws.Nothing);
    }

    [Test]
    public async Task Redis_and_the_S3_server_answer()
    {
        var redis = await Backends.RedisAsync();
        var ceph = await Backends.CephAsync();
        using var http = new HttpClient();

        await redis.FlushAsync();
        using var answer = await http.GetAsync(ceph.Endpoint);

        Assert.That(answer.IsSuccessStatusCode);
    }
}
