using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>Table batch.</summary>
sealed class BatchModel : IEntityTypeConfiguration<Batch>
{
    public void Configure(EntityTypeBuilder<Batch> batch)
    {
        batch.ToTable("batch");
        batch.Property(b => b.ClientRef).HasMaxLength(255);
        batch.Property(b => b.Refused).IsJson();
        batch
            .HasIndex(
                b => new
                {
                    b.TenantId,
                    b.CreatedAt,
                    b.Id,
                },
                "batch_tenant_idx"
            )
            .IsDescending(false, true, true);
        batch.HasIndex(b => b.CreatedAt, "batch_created_idx");
        batch.HasOne<Tenant>().WithMany().HasForeignKey(b => b.TenantId).OnDelete(DeleteBehavior.Restrict);
    }
}
