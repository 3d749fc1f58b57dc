-- FleetDb (Model/LeaseModel.cs) describes the same tables; a test compares the two catalogs, so change both.

-- When a flood wait was announced; earlier ones count as long ago.
alter table account_flood add column since timestamptz;

create table account_circuit (
    account_id varchar(32) not null,
    dc integer not null,
    reason varchar(32) not null,
    seconds integer not null,
    until timestamptz not null,
    constraint account_circuit_pkey primary key (account_id),
    constraint account_circuit_seconds_check check (seconds > 0),
    constraint account_circuit_account_id_fkey foreign key (account_id) references account (id) on delete cascade
);

create table dc_pause (
    dc integer not null,
    level integer not null,
    until timestamptz not null,
    constraint dc_pause_pkey primary key (dc),
    constraint dc_pause_level_check check (level > 0)
);

create table lease_horizon (
    id integer not null,
    until timestamptz not null,
    constraint lease_horizon_pkey primary key (id),
    constraint lease_horizon_id_check check (id = 1)
);
