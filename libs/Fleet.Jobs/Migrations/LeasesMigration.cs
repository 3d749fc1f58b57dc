using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Fleet.Jobs.Migrations;

/// <summary>What leases must remember when Redis does not.</summary>
[DbContext(typeof(FleetDb))]
[Migration("20261125030000_Leases")]
public sealed class LeasesMigration : SqlMigration;
