using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>Tables asset, job_asset and deletion.</summary>
sealed class AssetModel
    : IEntityTypeConfiguration<Asset>,
        IEntityTypeConfiguration<JobAsset>,
        IEntityTypeConfiguration<Deletion>
{
    public void Configure(EntityTypeBuilder<Asset> asset)
    {
        asset.ToTable(
            "asset",
            table =>
            {
                table.HasCheckConstraint("asset_progress_check", "bytes_done >= 0 and bytes_done <= source_bytes");
                table.HasCheckConstraint("asset_result_check", "result is null or (upload is null and error is null)");
            }
        );
        asset.Property(a => a.Picture).HasMaxLength(32);
        asset.Property(a => a.Plan).HasMaxLength(512);
        asset.Property(a => a.Upload).IsJson();
        asset.Property(a => a.Result).IsJson();
        asset.Property(a => a.Error).IsJson();
        asset
            .HasIndex(
                a => new
                {
                    a.DocumentId,
                    a.Picture,
                    a.Plan,
                },
                "asset_media_key"
            )
            .IsUnique();
        asset.HasIndex(a => a.UsedAt, "asset_used_idx");
    }

    public void Configure(EntityTypeBuilder<JobAsset> share)
    {
        share.ToTable("job_asset");
        share.HasKey(s => new { s.JobId, s.Position });
        share.Property(s => s.Name).HasMaxLength(512);
        share.Property(s => s.IsPart).HasDefaultValue(false);
        share.Property(s => s.Media).IsJson();
        share.HasIndex(s => s.AssetId, "job_asset_asset_idx");
        share.HasOne<Job>().WithMany().HasForeignKey(s => s.JobId).OnDelete(DeleteBehavior.Cascade);
        share.HasOne<Asset>().WithMany().HasForeignKey(s => s.AssetId).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<Deletion> deletion)
    {
        deletion.ToTable("deletion");
        deletion.Property(d => d.ObjectKey).HasMaxLength(512);
        deletion.HasIndex(d => d.DueAt, "deletion_due_idx");
    }
}
