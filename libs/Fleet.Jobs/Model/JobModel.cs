using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>Tables job, job_file, job_event, outbox and idempotency.</summary>
sealed class JobModel
    : IEntityTypeConfiguration<Job>,
        IEntityTypeConfiguration<JobFile>,
        IEntityTypeConfiguration<JobHistory>,
        IEntityTypeConfiguration<OutboxMessage>,
        IEntityTypeConfiguration<IdempotencyRecord>
{
    public const string FenceSequence = "job_fence";

    const string Final = "status in ('succeeded', 'failed', 'canceled')";
    const string Held = "status in ('running', 'canceling')";

    public void Configure(EntityTypeBuilder<Job> job)
    {
        job.ToTable("job", Check);
        job.Property(j => j.Source).HasMaxLength(2048);
        job.Property(j => j.AudioSource).HasMaxLength(2048);
        job.Property(j => j.ClientRef).HasMaxLength(255);
        job.Property(j => j.Stage).HasMaxLength(32);
        job.Property(j => j.Worker).HasMaxLength(128);
        job.Property(j => j.Traceparent).HasMaxLength(64);
        job.Property(j => j.Options).IsJson();
        job.Property(j => j.Metadata).IsJson();
        job.Property(j => j.Media).IsJson();
        job.Property(j => j.Error).IsJson();
        job.HasOne<Tenant>().WithMany().HasForeignKey(j => j.TenantId).OnDelete(DeleteBehavior.Restrict);
        job.HasOne<Batch>().WithMany().HasForeignKey(j => j.BatchId).OnDelete(DeleteBehavior.Restrict);
        job.HasOne<Asset>().WithMany().HasForeignKey(j => j.AssetId).OnDelete(DeleteBehavior.Restrict);

        // A page of a tenant's list; whose turn it is; the reconciler's four questions.
        job.HasIndex(
                j => new
                {
                    j.TenantId,
                    j.CreatedAt,
                    j.Id,
                },
                "job_tenant_idx"
            )
            .IsDescending(false, true, true);
        job.HasIndex(
                j => new
                {
                    j.Queue,
                    j.TenantId,
                    j.Id,
                },
                "job_turn_idx"
            )
            .HasFilter("status = 'queued' and enqueued_at is not null");
        job.HasIndex(j => new { j.Queue, j.RunAt }, "job_due_idx")
            .HasFilter("status = 'queued' and enqueued_at is null and asset_id is null");
        job.HasIndex(j => new { j.AssetId, j.CreatedAt }, "job_asset_wait_idx").HasFilter("asset_id is not null");
        job.HasIndex(j => new { j.Queue, j.EnqueuedAt }, "job_enqueued_idx")
            .HasFilter("status = 'queued' and enqueued_at is not null");
        job.HasIndex(j => new { j.BatchId, j.Status }, "job_batch_idx").HasFilter("batch_id is not null");
        job.HasIndex(j => j.LeaseUntil, "job_lease_idx").HasFilter(Held);
        job.HasIndex(j => j.WebhookEndpointId, "job_webhook_endpoint_idx").HasFilter("webhook_endpoint_id is not null");
        job.HasIndex(j => j.FinishedAt, "job_finished_idx").HasFilter(Final);
    }

    static void Check(TableBuilder<Job> table)
    {
        table.HasCheckConstraint("job_status_check", Columns.OneOf<JobStatus>("status"));
        table.HasCheckConstraint("job_queue_check", Columns.OneOf<JobQueue>("queue"));
        table.HasCheckConstraint("job_finished_check", $"(finished_at is not null) = ({Final})");
        table.HasCheckConstraint("job_lease_check", $"(lease_until is not null) = ({Held})");
        table.HasCheckConstraint("job_claimed_check", $"not ({Held}) or (fence > 0 and worker is not null)");
        table.HasCheckConstraint("job_enqueued_check", "enqueued_at is null or status = 'queued'");
        table.HasCheckConstraint("job_wait_reason_check", Columns.OneOf<WaitReason>("wait_reason"));
        table.HasCheckConstraint(
            "job_wait_check",
            "(wait_until is null) = (coalesce(wait_reason, 'shared') in ('shared', 'paused')) "
                + "and (wait_reason is null or status = 'queued')"
        );
        table.HasCheckConstraint(
            "job_shared_check",
            "(asset_id is not null) = (coalesce(wait_reason, '') = 'shared') "
                + "and (asset_id is null or enqueued_at is null)"
        );
        table.HasCheckConstraint(
            "job_error_check",
            "case status when 'failed' then error is not null when 'succeeded' then error is null else true end"
        );
        table.HasCheckConstraint(
            "job_progress_check",
            "bytes_done >= 0 and (bytes_total is null or bytes_done <= bytes_total)"
        );
    }

    public void Configure(EntityTypeBuilder<JobFile> file)
    {
        file.ToTable(
            "job_file",
            table =>
            {
                table.HasCheckConstraint("job_file_size_check", "size_bytes >= 0");
                table.HasCheckConstraint("job_file_sha256_check", "length(sha256) = 32");
                table.HasCheckConstraint("job_file_content_check", "(object_key is null) = (content is not null)");
            }
        );
        file.HasKey(f => new { f.JobId, f.Id });
        file.Property(f => f.Id).HasMaxLength(64);
        file.Property(f => f.Name).HasMaxLength(512);
        file.Property(f => f.ObjectKey).HasMaxLength(512);
        file.Property(f => f.ContentType).HasMaxLength(127);
        file.Property(f => f.Container).HasMaxLength(32);
        file.Property(f => f.Streams).IsJson();
        file.Property(f => f.Playable).IsJson();
        file.HasOne<Job>().WithMany().HasForeignKey(f => f.JobId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<JobHistory> entry)
    {
        entry.ToTable("job_event");
        entry.HasKey(e => new { e.JobId, e.Seq });
        entry.Property(e => e.Seq).ValueGeneratedNever();
        entry.Property(e => e.Type).HasMaxLength(32);
        entry.Property(e => e.Data).HasColumnType("jsonb");
        entry.HasOne<Job>().WithMany().HasForeignKey(e => e.JobId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<OutboxMessage> message)
    {
        message.ToTable(
            "outbox",
            table => table.HasCheckConstraint("outbox_queue_check", Columns.OneOf<JobQueue>("queue"))
        );
        message.Property(m => m.Traceparent).HasMaxLength(64);
        message.HasIndex(m => m.JobId, "outbox_job_idx");
        message.HasOne<Job>().WithMany().HasForeignKey(m => m.JobId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<IdempotencyRecord> record)
    {
        record.ToTable(
            "idempotency",
            table => table.HasCheckConstraint("idempotency_made_check", "(job_id is null) <> (batch_id is null)")
        );
        record.HasKey(r => new
        {
            r.TenantId,
            r.Operation,
            r.Key,
        });
        record.Property(r => r.Operation).HasMaxLength(64);
        record.Property(r => r.Key).HasMaxLength(255);
        record.HasIndex(r => r.CreatedAt, "idempotency_created_idx");
        record.HasIndex(r => r.JobId, "idempotency_job_idx");
        record.HasIndex(r => r.BatchId, "idempotency_batch_idx");
        record.HasOne<Batch>().WithMany().HasForeignKey(r => r.BatchId).OnDelete(DeleteBehavior.Cascade);
        record.HasOne<Job>().WithMany().HasForeignKey(r => r.JobId).OnDelete(DeleteBehavior.Cascade);
    }
}
