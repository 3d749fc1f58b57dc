using System.Globalization;
using System.Security.Cryptography;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.SystemTests.Jobs;

/// <summary>A migrated database of its own on the shared Postgres, with the stores on it and one tenant.</summary>
public sealed class JobsDatabase : IAsyncDisposable
{
    static long LastDocument = 1_000_000;

    readonly ServiceProvider _services;

    JobsDatabase(ServiceProvider services, string connectionString)
    {
        _services = services;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public Guid TenantId { get; private set; }

    public JobStore Store => _services.GetRequiredService<JobStore>();

    public BatchStore Batches => _services.GetRequiredService<BatchStore>();

    public JobClaims Claims => _services.GetRequiredService<JobClaims>();

    public Assets Assets => _services.GetRequiredService<Assets>();

    public Deletions Deletions => _services.GetRequiredService<Deletions>();

    public JobReconciler Reconciler => _services.GetRequiredService<JobReconciler>();

    public Outbox Outbox => _services.GetRequiredService<Outbox>();

    public QueueControl Queues => _services.GetRequiredService<QueueControl>();

    public JobEdits Edits => _services.GetRequiredService<JobEdits>();

    public WebhookStore Webhooks => _services.GetRequiredService<WebhookStore>();

    public TenantStore Tenants => _services.GetRequiredService<TenantStore>();

    public static async Task<JobsDatabase> CreateAsync()
    {
        var postgres = await Backends.PostgresAsync();
        var database = Over(await postgres.CreateDatabaseAsync());
        await database.MigrateAsync();
        database.TenantId = await database.AddTenantAsync("first");
        return database;
    }

    public Task MigrateAsync() => JobsServices.MigrateAsync(_services, CancellationToken.None);

    /// <summary>The stores over a database that may not be migrated.</summary>
    public static JobsDatabase Over(string connectionString)
    {
        var services = new ServiceCollection().AddJobs();
        services.AddOptions();
        services.AddSingleton(Options.Create(new PostgresOptions { ConnectionString = connectionString }));
        return new JobsDatabase(services.BuildServiceProvider(), connectionString);
    }

    public Task<FleetDb> OpenAsync() =>
        _services.GetRequiredService<IDbContextFactory<FleetDb>>().CreateDbContextAsync();

    public async Task<Guid> AddTenantAsync(string name)
    {
        await Tenants.CreateKeyAsync(name, CancellationToken.None);
        await using var db = await OpenAsync();
        return await db.Tenants.Where(tenant => tenant.Name == name).Select(tenant => tenant.Id).SingleAsync();
    }

    /// <summary>Makes a queued job.</summary>
    public async Task<Guid> QueueAsync(Func<NewJob, NewJob>? change = null)
    {
        var job = new NewJob { TenantId = TenantId, Source = "https://t.me/fleetdemo/1" };
        var outcome = await Store.CreateAsync(
            change?.Invoke(job) ?? job,
            key: null,
            NobodyRefuses,
            CancellationToken.None
        );
        return ((CreateOutcome.Created)outcome).Job.Id;
    }

    /// <summary>Makes many queued jobs of a tenant, all but one without messages.</summary>
    public async Task QueueManyAsync(Guid tenant, JobQueue queue, int count)
    {
        var one = await QueueAsync(job => job with { TenantId = tenant, Queue = queue });
        await SqlAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                insert into job
                select (jsonb_populate_record(job, jsonb_build_object('id', gen_random_uuid()))).*
                from job cross join generate_series(2, {count}) where id = '{one}'
                """
            )
        );
    }

    /// <summary>Makes a job and claims it.</summary>
    public async Task<JobClaim> ClaimNewAsync(Func<NewJob, NewJob>? change = null) =>
        await Claims.ClaimAsync(await QueueAsync(change), "worker-1", CancellationToken.None)
        ?? throw new InvalidOperationException("A new job could not be claimed.");

    /// <summary>Makes a batch of one job and claims that.</summary>
    public async Task<JobClaim> ClaimInBatchAsync()
    {
        var request = new NewBatch
        {
            TenantId = TenantId,
            Jobs = [new NewJob { TenantId = TenantId, Source = "https://t.me/fleetdemo/1" }],
        };
        var made = (BatchOutcome.Created)
            await Batches.CreateAsync(request, key: null, NobodyRefuses, CancellationToken.None);
        var jobs = await Store.ListAsync(TenantId, [], made.Id, after: null, limit: 1, CancellationToken.None);
        return await Claims.ClaimAsync(jobs[0].Job.Id, "worker-1", CancellationToken.None)
            ?? throw new InvalidOperationException("A new job could not be claimed.");
    }

    public async Task<Job> ReadAsync(Guid jobId)
    {
        await using var db = await OpenAsync();
        return await db.Jobs.AsNoTracking().SingleAsync(job => job.Id == jobId);
    }

    /// <summary>Runs a statement; the way to make time pass, since times are the database's.</summary>
    public async Task SqlAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> CountAsync(string query)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(query, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The lease of every held job runs out.</summary>
    public Task ExpireLeasesAsync() =>
        SqlAsync("update job set lease_until = now() - interval '1 second' where lease_until is not null");

    /// <summary>Lets a claimed job want the files of some documents.</summary>
    public Task<AssetTurn> BeginAsync(JobClaim claim, params long[] documents) =>
        Assets.BeginAsync(
            claim,
            new JobMedia { DocumentId = documents[0], SizeBytes = 5 },
            [.. documents.Select(document => new AssetWish(document, Picture: "", SourceBytes: 5, "clip.mkv"))],
            (_, _) => Task.FromResult(true),
            CancellationToken.None
        );

    /// <summary>Lets a claimed job want the files of some documents, the first of which nobody fetches or has.</summary>
    public async Task<AssetClaim> TransferAsync(JobClaim claim, params long[] documents) =>
        await BeginAsync(claim, documents) is AssetTurn.Transfer { Asset: var asset }
            ? asset
            : throw new InvalidOperationException("Somebody else fetches it, or has it.");

    public Task<AssetTurn> CompleteAsync(AssetClaim asset) =>
        Assets.CompleteAsync(asset, ResultOf(asset.Job), CancellationToken.None);

    /// <summary>Ends a claimed job, if the claim is good for that, with one file that no other job wants.</summary>
    public async Task<AssetTurn> SucceedAsync(JobClaim claim) =>
        await BeginAsync(claim, Interlocked.Increment(ref LastDocument)) is AssetTurn.Transfer { Asset: var asset }
            ? await CompleteAsync(asset)
            : new AssetTurn.Refused(ClaimState.Lost);

    /// <summary>Lets any job be made.</summary>
    public static Task NobodyRefuses() => Task.CompletedTask;

    /// <summary>Five bytes that a claim has stored.</summary>
    public static AssetResult ResultOf(JobClaim claim) =>
        new(
            $"assets/{claim.JobId:n}/{claim.Fence}/file.mp4",
            SizeBytes: 5,
            SHA256.HashData("clip!"u8),
            new ResultFacts
            {
                ContentType = "video/mp4",
                Container = "mp4",
                Streams = [new StreamInfo("video", "h264") { Width = 640, Height = 360 }],
                Playable = new Playability(WebPlayback.Yes, []),
            }
        );

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
