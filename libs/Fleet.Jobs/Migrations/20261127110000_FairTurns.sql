-- FleetDb (Model/*.cs) describes the same tables; a test compares the two catalogs, so change both.

alter table tenant add column weight integer not null default 1;
alter table tenant add constraint tenant_weight_check check (weight between 1 and 100);

create index job_turn_idx on job (queue, tenant_id, id) where status = 'queued' and enqueued_at is not null;

create table queue_pause (
    queue text not null,
    reason varchar(255),
    since timestamptz not null,
    constraint queue_pause_pkey primary key (queue),
    constraint queue_pause_queue_check check (queue in ('interactive', 'bulk'))
);

alter table job drop constraint job_wait_reason_check;
alter table job add constraint job_wait_reason_check check (wait_reason in ('flood', 'capacity', 'retry', 'shared', 'paused'));
alter table job drop constraint job_wait_check;
alter table job add constraint job_wait_check check ((wait_until is null) = (coalesce(wait_reason, 'shared') in ('shared', 'paused')) and (wait_reason is null or status = 'queued'));

drop index job_due_idx;
create index job_due_idx on job (queue, run_at) where status = 'queued' and enqueued_at is null and asset_id is null;
