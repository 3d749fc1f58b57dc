using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>Tables tenant, api_key, web_session, audit_entry, webhook_endpoint and webhook_delivery.</summary>
sealed class TenantModel
    : IEntityTypeConfiguration<Tenant>,
        IEntityTypeConfiguration<ApiKey>,
        IEntityTypeConfiguration<WebSession>,
        IEntityTypeConfiguration<AuditEntry>,
        IEntityTypeConfiguration<WebhookEndpoint>,
        IEntityTypeConfiguration<WebhookDelivery>
{
    public void Configure(EntityTypeBuilder<Tenant> tenant)
    {
        tenant.ToTable(
            "tenant",
            table =>
            {
                table.HasCheckConstraint("tenant_weight_check", "weight between 1 and 100");
                table.HasCheckConstraint(
                    "tenant_limits_check",
                    "requests_per_minute > 0 and jobs_per_day > 0 and active_jobs > 0 and bytes_per_day > 0"
                );
            }
        );
        tenant.Ignore(t => t.Limits);
        tenant.Property(t => t.Weight).HasDefaultValue(1);
        tenant.Property(t => t.MayTranscode).HasDefaultValue(false);
        tenant.Property(t => t.Name).HasMaxLength(64);
        tenant.Property(t => t.WebhookSecret).HasMaxLength(128);
        tenant.HasIndex(t => t.Name, "tenant_name_key").IsUnique();
    }

    public void Configure(EntityTypeBuilder<ApiKey> key)
    {
        key.ToTable("api_key", table => table.HasCheckConstraint("api_key_secret_check", "length(secret_sha256) = 32"));
        key.Property(k => k.Id).HasMaxLength(16);
        key.Property(k => k.Name).HasMaxLength(64);
        key.HasIndex(k => k.TenantId, "api_key_tenant_idx");
        key.HasOne<Tenant>().WithMany().HasForeignKey(k => k.TenantId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<WebSession> session)
    {
        session.ToTable(
            "web_session",
            table => table.HasCheckConstraint("web_session_token_check", "length(token_sha256) = 32")
        );
        session.HasKey(s => s.TokenSha256);
        session.Property(s => s.KeyId).HasMaxLength(16);
        session.HasIndex(s => new { s.KeyId, s.CreatedAt }, "web_session_key_idx").IsDescending(false, true);
        session.HasIndex(s => s.ExpiresAt, "web_session_expires_idx");
        session.HasOne<ApiKey>().WithMany().HasForeignKey(s => s.KeyId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entry");
        entry.Property(e => e.KeyId).HasMaxLength(16);
        entry.Property(e => e.Action).HasMaxLength(64);
        entry.Property(e => e.Target).HasMaxLength(128);
        entry.HasIndex(e => new { e.TenantId, e.Id }, "audit_entry_tenant_idx").IsDescending(false, true);
        entry.HasOne<Tenant>().WithMany().HasForeignKey(e => e.TenantId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<WebhookEndpoint> endpoint)
    {
        endpoint.ToTable(
            "webhook_endpoint",
            table =>
            {
                table.HasCheckConstraint(
                    "webhook_endpoint_disabled_check",
                    "(disabled_at is null) = (disabled_reason is null)"
                );
                table.HasCheckConstraint(
                    "webhook_endpoint_old_secret_check",
                    "(old_secret is null) = (old_secret_until is null)"
                );
            }
        );
        endpoint.Property(e => e.OldSecret).HasMaxLength(128);
        endpoint.Property(e => e.Url).HasMaxLength(2048);
        endpoint.Property(e => e.Secret).HasMaxLength(128);
        endpoint.Property(e => e.DisabledReason).HasMaxLength(32);
        endpoint.HasIndex(e => new { e.TenantId, e.Url }, "webhook_endpoint_url_key").IsUnique();
        endpoint.HasOne<Tenant>().WithMany().HasForeignKey(e => e.TenantId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<WebhookDelivery> delivery)
    {
        delivery.ToTable(
            "webhook_delivery",
            table =>
            {
                table.HasCheckConstraint("webhook_delivery_state_check", Columns.OneOf<DeliveryState>("state"));
                table.HasCheckConstraint("webhook_delivery_next_check", "(next_at is not null) = (state = 'pending')");
                table.HasCheckConstraint(
                    "webhook_delivery_delivered_check",
                    "(delivered_at is not null) = (state = 'delivered')"
                );
            }
        );
        delivery.Property(d => d.Id).HasMaxLength(64);
        delivery.Property(d => d.IsManual).HasDefaultValue(false);
        delivery.Property(d => d.EventType).HasMaxLength(64);
        delivery.Property(d => d.LastError).HasMaxLength(256);
        delivery.Property(d => d.LastResponse).HasMaxLength(1024);
        delivery.HasIndex(d => d.NextAt, "webhook_delivery_due_idx").HasFilter("state = 'pending'");
        delivery.HasIndex(d => new { d.EndpointId, d.CreatedAt }, "webhook_delivery_endpoint_idx");
        delivery.HasIndex(d => d.JobId, "webhook_delivery_job_idx");
        delivery.HasOne<WebhookEndpoint>().WithMany().HasForeignKey(d => d.EndpointId).OnDelete(DeleteBehavior.Cascade);
        delivery.HasOne<Job>().WithMany().HasForeignKey(d => d.JobId).OnDelete(DeleteBehavior.Cascade);
    }
}
