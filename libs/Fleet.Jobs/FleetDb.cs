using Fleet.Jobs.Model;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>The project's one database: jobs and what belongs to them, tenants, webhooks, and the broker's accounts.</summary>
public sealed class FleetDb(DbContextOptions<FleetDb> options) : DbContext(options)
{
    public DbSet<Tenant> Tenants => Set<Tenant>();
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();
    public DbSet<WebSession> WebSessions => Set<WebSession>();
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();
    public DbSet<Job> Jobs => Set<Job>();
    public DbSet<JobFile> JobFiles => Set<JobFile>();
    public DbSet<JobHistory> JobHistory => Set<JobHistory>();
    public DbSet<Batch> Batches => Set<Batch>();
    public DbSet<Asset> Assets => Set<Asset>();
    public DbSet<JobAsset> JobAssets => Set<JobAsset>();
    public DbSet<Deletion> Deletions => Set<Deletion>();
    public DbSet<OutboxMessage> Outbox => Set<OutboxMessage>();
    public DbSet<IdempotencyRecord> Idempotency => Set<IdempotencyRecord>();
    public DbSet<WebhookEndpoint> WebhookEndpoints => Set<WebhookEndpoint>();
    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();
    public DbSet<QueuePause> QueuePauses => Set<QueuePause>();
    public DbSet<Account> Accounts => Set<Account>();
    public DbSet<AccountDcKey> AccountDcKeys => Set<AccountDcKey>();
    public DbSet<AccountFlood> AccountFloods => Set<AccountFlood>();
    public DbSet<AccountOwner> AccountOwners => Set<AccountOwner>();
    public DbSet<AccountCircuit> AccountCircuits => Set<AccountCircuit>();
    public DbSet<DcPause> DcPauses => Set<DcPause>();
    public DbSet<LeaseHorizonRow> LeaseHorizons => Set<LeaseHorizonRow>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasSequence<long>(JobModel.FenceSequence);
        modelBuilder.HasSequence<long>(AccountModel.FenceSequence);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(FleetDb).Assembly);
        SnakeCase.Apply(modelBuilder);
    }

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<JobStatus>().HaveConversion<EnumTextConverter<JobStatus>>();
        configurationBuilder.Properties<JobQueue>().HaveConversion<EnumTextConverter<JobQueue>>();
        configurationBuilder.Properties<WaitReason>().HaveConversion<EnumTextConverter<WaitReason>>();
        configurationBuilder.Properties<DeliveryState>().HaveConversion<EnumTextConverter<DeliveryState>>();
        configurationBuilder.Properties<AccountState>().HaveConversion<EnumTextConverter<AccountState>>();
    }
}
