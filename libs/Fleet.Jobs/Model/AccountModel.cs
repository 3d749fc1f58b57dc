using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Fleet.Jobs.Model;

/// <summary>The broker's tables: account, account_dc_key, account_flood and account_owner.</summary>
sealed class AccountModel
    : IEntityTypeConfiguration<Account>,
        IEntityTypeConfiguration<AccountDcKey>,
        IEntityTypeConfiguration<AccountFlood>,
        IEntityTypeConfiguration<AccountOwner>
{
    /// <summary>Numbers for account owners and for the leases they grant: never given twice, whatever Redis forgets.</summary>
    public const string FenceSequence = "account_fence";

    /// <summary>Longest reason of an account's state, in characters.</summary>
    const int MaxReason = 200;

    public void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable(
            "account",
            table =>
            {
                table.HasCheckConstraint("account_state_check", Columns.OneOf<AccountState>("state"));
                table.HasCheckConstraint("account_home_dc_check", "home_dc > 0");
            }
        );
        account.Property(a => a.Id).HasMaxLength(32);
        account.Property(a => a.Label).HasMaxLength(64);
        account.Property(a => a.StateReason).HasMaxLength(MaxReason);
        account.Property(a => a.KeyId).HasMaxLength(32);
        account.HasIndex(a => a.UserId, "account_user_key").IsUnique();
    }

    public void Configure(EntityTypeBuilder<AccountDcKey> key)
    {
        key.ToTable("account_dc_key", table => table.HasCheckConstraint("account_dc_key_dc_check", "dc > 0"));
        key.HasKey(k => new { k.AccountId, k.Dc });
        key.Property(k => k.AccountId).HasMaxLength(32);
        key.Property(k => k.KeyId).HasMaxLength(32);
        key.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<AccountFlood> flood)
    {
        flood.ToTable("account_flood");
        flood.HasKey(f => new
        {
            f.AccountId,
            f.Dc,
            f.MethodClass,
        });
        flood.Property(f => f.AccountId).HasMaxLength(32);
        flood.Property(f => f.MethodClass).HasMaxLength(32);
        flood.HasOne<Account>().WithMany().HasForeignKey(f => f.AccountId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<AccountOwner> owner)
    {
        owner.ToTable("account_owner");
        owner.HasKey(o => o.AccountId);
        owner.Property(o => o.AccountId).HasMaxLength(32);
        owner.Property(o => o.Owner).HasMaxLength(128);
        owner
            .HasOne<Account>()
            .WithOne()
            .HasForeignKey<AccountOwner>(o => o.AccountId)
            .OnDelete(DeleteBehavior.Cascade);
    }
}
