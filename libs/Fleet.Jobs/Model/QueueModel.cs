using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>Table queue_pause.</summary>
sealed class QueueModel : IEntityTypeConfiguration<QueuePause>
{
    public void Configure(EntityTypeBuilder<QueuePause> pause)
    {
        pause.ToTable(
            "queue_pause",
            table => table.HasCheckConstraint("queue_pause_queue_check", Columns.OneOf<JobQueue>("queue"))
        );
        pause.HasKey(p => p.Queue);
        pause.Property(p => p.Reason).HasMaxLength(QueueControl.MaxReason);
    }
}
