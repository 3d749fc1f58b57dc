using System.Globalization;
using Fleet.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Fleet.SystemTests.Jobs;

/// <summary>The migrations, the model and the state machine say the same.</summary>
[Category("pipeline")]
public sealed class SchemaTests
{
    const string Catalog = """
        select 'column ' || table_name || '.' || column_name || ' ' || data_type
            || coalesce('(' || character_maximum_length || ')', '') || ' null=' || is_nullable
            || ' default=' || coalesce(column_default, '') || ' identity=' || is_identity
        from information_schema.columns where table_schema = 'public' and table_name <> '__EFMigrationsHistory'
        union all
        select 'index ' || indexdef from pg_indexes
        where schemaname = 'public' and tablename <> '__EFMigrationsHistory'
        union all
        select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid::regclass::text <> '"__EFMigrationsHistory"'
        union all
        select 'sequence ' || sequencename from pg_sequences where schemaname = 'public'
        order by 1
        """;

    [Test]
    public async Task The_migrated_database_is_the_one_the_model_describes()
    {
        await using var migrated = await JobsDatabase.CreateAsync();
        await using var fromModel = JobsDatabase.Over(await (await Backends.PostgresAsync()).CreateDatabaseAsync());
        await using (var db = await fromModel.OpenAsync())
            await fromModel.SqlAsync(db.Database.GenerateCreateScript());

        Assert.That(await ReadCatalogAsync(migrated), Is.EqualTo(await ReadCatalogAsync(fromModel)));
    }

    [Test]
    public async Task Migrating_from_several_processes_at_once_is_safe()
    {
        await using var jobs = JobsDatabase.Over(await (await Backends.PostgresAsync()).CreateDatabaseAsync());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => jobs.MigrateAsync()));

        Assert.That(await jobs.CountAsync("select count(*) from job"), Is.Zero);
    }

    [Test]
    public async Task A_row_with_a_status_that_is_not_in_the_state_machine_is_refused()
    {
        await using var jobs = await JobsDatabase.CreateAsync();
        await jobs.QueueAsync();

        var refused = Assert.ThrowsAsync<PostgresException>(() =>
            jobs.SqlAsync("update job set status = 'paused', enqueued_at = null")
        );

        Assert.That(refused!.ConstraintName, Is.EqualTo("job_status_check"));
    }

    [TestCase("status = 'succeeded'", "job_finished_check")]
    [TestCase("finished_at = now()", "job_finished_check")]
    [TestCase("status = 'failed', finished_at = now(), enqueued_at = null", "job_error_check")]
    [TestCase("lease_until = now()", "job_lease_check")]
    [TestCase("status = 'running', lease_until = now(), enqueued_at = null", "job_claimed_check")]
    [TestCase("wait_reason = 'flood'", "job_wait_check")]
    [TestCase("wait_reason = 'shared'", "job_shared_check")]
    [TestCase("bytes_done = 2, bytes_total = 1", "job_progress_check")]
    public async Task A_row_that_contradicts_itself_is_refused(string change, string constraint)
    {
        await using var jobs = await JobsDatabase.CreateAsync();
        await jobs.QueueAsync();
        var checks = await jobs.CountAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"select count(*) from pg_constraint where conname = '{constraint}'"
            )
        );

        Assert.Multiple(() =>
        {
            Assert.That(checks, Is.EqualTo(1));
            Assert.ThrowsAsync<PostgresException>(() => jobs.SqlAsync($"update job set {change}"));
        });
    }

    static async Task<List<string>> ReadCatalogAsync(JobsDatabase jobs)
    {
        await using var connection = new NpgsqlConnection(jobs.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Catalog, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var facts = new List<string>();
        while (await reader.ReadAsync())
            facts.Add(reader.GetString(0));
        return facts;
    }
}
