-- FleetDb (Model/*.cs) describes the same tables; a test compares the two catalogs, so change both.

create sequence account_fence;
create sequence job_fence;

create table tenant (
    id uuid not null,
    name varchar(64) not null,
    webhook_secret varchar(128) not null,
    created_at timestamptz not null,
    constraint tenant_pkey primary key (id)
);

create unique index tenant_name_key on tenant (name);

create table api_key (
    id varchar(16) not null,
    tenant_id uuid not null,
    secret_sha256 bytea not null,
    scopes text[] not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    constraint api_key_pkey primary key (id),
    constraint api_key_secret_check check (length(secret_sha256) = 32),
    constraint api_key_tenant_id_fkey foreign key (tenant_id) references tenant (id) on delete cascade
);

create index api_key_tenant_idx on api_key (tenant_id);

create table webhook_endpoint (
    id uuid not null,
    tenant_id uuid not null,
    url varchar(2048) not null,
    secret varchar(128) not null,
    every_job boolean not null,
    failures_in_row integer not null,
    first_failed_at timestamptz,
    disabled_at timestamptz,
    disabled_reason varchar(32),
    created_at timestamptz not null,
    constraint webhook_endpoint_pkey primary key (id),
    constraint webhook_endpoint_disabled_check check ((disabled_at is null) = (disabled_reason is null)),
    constraint webhook_endpoint_tenant_id_fkey foreign key (tenant_id) references tenant (id) on delete cascade
);

create unique index webhook_endpoint_url_key on webhook_endpoint (tenant_id, url);

create table job (
    id uuid not null,
    tenant_id uuid not null,
    queue text not null,
    source varchar(2048) not null,
    options jsonb not null,
    client_ref varchar(255),
    metadata jsonb,
    status text not null,
    stage varchar(32),
    wait_reason text,
    wait_until timestamptz,
    run_at timestamptz not null,
    enqueued_at timestamptz,
    attempt integer not null,
    failures integer not null,
    lost_leases integer not null,
    fence bigint not null,
    lease_until timestamptz,
    worker varchar(128),
    bytes_done bigint not null,
    bytes_total bigint,
    bytes_per_second bigint,
    progress_at timestamptz,
    media jsonb,
    checkpoint jsonb,
    error jsonb,
    webhook_endpoint_id uuid,
    traceparent varchar(64),
    event_seq bigint not null,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    constraint job_pkey primary key (id),
    constraint job_claimed_check check (not (status in ('running', 'canceling')) or (fence > 0 and worker is not null)),
    constraint job_enqueued_check check (enqueued_at is null or status = 'queued'),
    constraint job_error_check check (case status when 'failed' then error is not null when 'succeeded' then error is null else true end),
    constraint job_finished_check check ((finished_at is not null) = (status in ('succeeded', 'failed', 'canceled'))),
    constraint job_lease_check check ((lease_until is not null) = (status in ('running', 'canceling'))),
    constraint job_progress_check check (bytes_done >= 0 and (bytes_total is null or bytes_done <= bytes_total)),
    constraint job_queue_check check (queue in ('interactive', 'bulk')),
    constraint job_status_check check (status in ('queued', 'running', 'canceling', 'succeeded', 'failed', 'canceled')),
    constraint job_wait_check check ((wait_reason is null) = (wait_until is null) and (wait_reason is null or status = 'queued')),
    constraint job_wait_reason_check check (wait_reason in ('flood', 'capacity', 'retry')),
    constraint job_tenant_id_fkey foreign key (tenant_id) references tenant (id) on delete restrict
);

create index job_due_idx on job (run_at) where status = 'queued' and enqueued_at is null;
create index job_enqueued_idx on job (queue, enqueued_at) where status = 'queued' and enqueued_at is not null;
create index job_finished_idx on job (finished_at) where status in ('succeeded', 'failed', 'canceled');
create index job_webhook_endpoint_idx on job (webhook_endpoint_id) where webhook_endpoint_id is not null;
create index job_lease_idx on job (lease_until) where status in ('running', 'canceling');
create index job_tenant_idx on job (tenant_id, created_at desc, id desc);
create table job_file (
    job_id uuid not null,
    id varchar(64) not null,
    name varchar(512) not null,
    object_key varchar(512) not null,
    size_bytes bigint not null,
    content_type varchar(127) not null,
    sha256 bytea not null,
    container varchar(32),
    duration_ms bigint,
    streams jsonb not null,
    playable jsonb,
    constraint job_file_pkey primary key (job_id, id),
    constraint job_file_sha256_check check (length(sha256) = 32),
    constraint job_file_size_check check (size_bytes >= 0),
    constraint job_file_job_id_fkey foreign key (job_id) references job (id) on delete cascade
);

create table job_event (
    job_id uuid not null,
    seq bigint not null,
    type varchar(32) not null,
    data jsonb not null,
    created_at timestamptz not null,
    constraint job_event_pkey primary key (job_id, seq),
    constraint job_event_job_id_fkey foreign key (job_id) references job (id) on delete cascade
);

create table outbox (
    id bigint generated by default as identity,
    queue text not null,
    job_id uuid not null,
    traceparent varchar(64),
    created_at timestamptz not null,
    constraint outbox_pkey primary key (id),
    constraint outbox_queue_check check (queue in ('interactive', 'bulk')),
    constraint outbox_job_id_fkey foreign key (job_id) references job (id) on delete cascade
);

create index outbox_job_idx on outbox (job_id);

create table idempotency (
    tenant_id uuid not null,
    operation varchar(64) not null,
    key varchar(255) not null,
    fingerprint bytea not null,
    job_id uuid not null,
    created_at timestamptz not null,
    constraint idempotency_pkey primary key (tenant_id, operation, key),
    constraint idempotency_job_id_fkey foreign key (job_id) references job (id) on delete cascade
);

create index idempotency_created_idx on idempotency (created_at);
create index idempotency_job_idx on idempotency (job_id);

create table webhook_delivery (
    id varchar(64) not null,
    endpoint_id uuid not null,
    job_id uuid not null,
    event_type varchar(64) not null,
    seq bigint not null,
    body bytea not null,
    state text not null,
    attempt integer not null,
    next_at timestamptz,
    last_status integer,
    last_error varchar(256),
    last_response varchar(1024),
    created_at timestamptz not null,
    delivered_at timestamptz,
    constraint webhook_delivery_pkey primary key (id),
    constraint webhook_delivery_delivered_check check ((delivered_at is not null) = (state = 'delivered')),
    constraint webhook_delivery_next_check check ((next_at is not null) = (state = 'pending')),
    constraint webhook_delivery_state_check check (state in ('pending', 'delivered', 'failed')),
    constraint webhook_delivery_endpoint_id_fkey foreign key (endpoint_id) references webhook_endpoint (id) on delete cascade,
    constraint webhook_delivery_job_id_fkey foreign key (job_id) references job (id) on delete cascade
);

create index webhook_delivery_due_idx on webhook_delivery (next_at) where state = 'pending';
create index webhook_delivery_endpoint_idx on webhook_delivery (endpoint_id, created_at);
create index webhook_delivery_job_idx on webhook_delivery (job_id);

create table account (
    id varchar(32) not null,
    label varchar(64),
    state text not null,
    user_id bigint not null,
    is_bot boolean not null,
    is_premium boolean not null,
    home_dc integer not null,
    key_id varchar(32) not null,
    sealed bytea not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint account_pkey primary key (id),
    constraint account_home_dc_check check (home_dc > 0),
    constraint account_state_check check (state in ('active', 'flooded', 'cooling', 'logged_out', 'banned'))
);

create unique index account_user_key on account (user_id);

create table account_dc_key (
    account_id varchar(32) not null,
    dc integer not null,
    key_id varchar(32) not null,
    sealed bytea not null,
    created_at timestamptz not null,
    constraint account_dc_key_pkey primary key (account_id, dc),
    constraint account_dc_key_dc_check check (dc > 0),
    constraint account_dc_key_account_id_fkey foreign key (account_id) references account (id) on delete cascade
);

create table account_flood (
    account_id varchar(32) not null,
    dc integer not null,
    method_class varchar(32) not null,
    until timestamptz not null,
    constraint account_flood_pkey primary key (account_id, dc, method_class),
    constraint account_flood_account_id_fkey foreign key (account_id) references account (id) on delete cascade
);

create table account_owner (
    account_id varchar(32) not null,
    owner varchar(128) not null,
    fence bigint not null,
    until timestamptz not null,
    constraint account_owner_pkey primary key (account_id),
    constraint account_owner_account_id_fkey foreign key (account_id) references account (id) on delete cascade
);
