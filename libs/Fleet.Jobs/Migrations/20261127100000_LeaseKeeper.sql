-- FleetDb (Model/LeaseModel.cs) describes the same tables; a test compares the two catalogs, so change both.

-- Which broker's memory is the lease table while Redis is away.
alter table lease_horizon add column keeper varchar(128);
alter table lease_horizon add column keeper_fence bigint;
alter table lease_horizon add column keeper_until timestamptz;
