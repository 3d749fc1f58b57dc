using System.Reflection;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Fleet.Jobs.Migrations;

/// <summary>A migration whose statements are in the .sql file of its name. There is no way back: the next migration repairs.</summary>
public abstract class SqlMigration : Migration
{
    /// <inheritdoc/>
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(ReadScript(GetType().GetCustomAttribute<MigrationAttribute>()!.Id));

    static string ReadScript(string id)
    {
        using var script =
            typeof(SqlMigration).Assembly.GetManifestResourceStream($"Fleet.Jobs.Migrations.{id}.sql")
            ?? throw new InvalidOperationException($"Migration {id} has no script.");
        using var reader = new StreamReader(script);
        return reader.ReadToEnd();
    }
}

/// <summary>The first tables.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20260101000000_Initial")]
public sealed class Initial : SqlMigration;

/// <summary>Accounts can be disabled and drained, and say why they are in their state.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261125010000_AccountStates")]
public sealed class AccountStates : SqlMigration;

/// <summary>What leases must remember when Redis does not.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261125030000_Leases")]
public sealed class LeasesMigration : SqlMigration;

/// <summary>Assets: one transfer for many jobs.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261125040000_Assets")]
public sealed class Assets : SqlMigration;

/// <summary>Jobs that were asked for together.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261125040001_Batches")]
public sealed class Batches : SqlMigration;

/// <summary>Browsers that are signed in.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261127090000_WebSessions")]
public sealed class WebSessions : SqlMigration;

/// <summary>One broker keeps the leases while Redis is away.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261127100000_LeaseKeeper")]
public sealed class LeaseKeeperMigration : SqlMigration;

/// <summary>Tenants take turns by their weight, and queues can be paused.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261127110000_FairTurns")]
public sealed class FairTurns : SqlMigration;

/// <summary>Sound from another message, metadata beside a result, and who may have films encoded.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261127120000_Sound")]
public sealed class Sound : SqlMigration;

/// <summary>Limits of tenants, named keys, rotated webhook secrets, deliveries by hand, and who changed what.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261127130000_Front")]
public sealed class Front : SqlMigration;
