create table batch (
    id uuid not null,
    tenant_id uuid not null,
    client_ref varchar(255),
    refused jsonb not null,
    created_at timestamptz not null,
    constraint batch_pkey primary key (id),
    constraint batch_tenant_id_fkey foreign key (tenant_id) references tenant (id) on delete restrict
);

create index batch_tenant_idx on batch (tenant_id, created_at desc, id desc);
create index batch_created_idx on batch (created_at);

alter table job add column batch_id uuid;
alter table job add constraint job_batch_id_fkey foreign key (batch_id) references batch (id) on delete restrict;
create index job_batch_idx on job (batch_id, status) where batch_id is not null;

alter table idempotency alter column job_id drop not null;
alter table idempotency add column batch_id uuid;
alter table idempotency add constraint idempotency_batch_id_fkey foreign key (batch_id) references batch (id) on delete cascade;
alter table idempotency add constraint idempotency_made_check check ((job_id is null) <> (batch_id is null));
create index idempotency_batch_idx on idempotency (batch_id);
