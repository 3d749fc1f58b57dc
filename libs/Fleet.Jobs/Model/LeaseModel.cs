using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>What the broker's leases must remember: account_circuit, dc_pause and lease_horizon.</summary>
sealed class LeaseModel
    : IEntityTypeConfiguration<AccountCircuit>,
        IEntityTypeConfiguration<DcPause>,
        IEntityTypeConfiguration<LeaseHorizonRow>
{
    public void Configure(EntityTypeBuilder<AccountCircuit> circuit)
    {
        circuit.ToTable(
            "account_circuit",
            table => table.HasCheckConstraint("account_circuit_seconds_check", "seconds > 0")
        );
        circuit.HasKey(c => c.AccountId);
        circuit.Property(c => c.AccountId).HasMaxLength(32);
        circuit.Property(c => c.Reason).HasMaxLength(32);
        circuit
            .HasOne<Account>()
            .WithOne()
            .HasForeignKey<AccountCircuit>(c => c.AccountId)
            .OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<DcPause> pause)
    {
        pause.ToTable("dc_pause", table => table.HasCheckConstraint("dc_pause_level_check", "level > 0"));
        pause.HasKey(p => p.Dc);
        pause.Property(p => p.Dc).ValueGeneratedNever();
    }

    public void Configure(EntityTypeBuilder<LeaseHorizonRow> horizon)
    {
        horizon.ToTable("lease_horizon", table => table.HasCheckConstraint("lease_horizon_id_check", "id = 1"));
        horizon.Property(h => h.Id).ValueGeneratedNever();
        horizon.Property(h => h.Keeper).HasMaxLength(128);
    }
}
