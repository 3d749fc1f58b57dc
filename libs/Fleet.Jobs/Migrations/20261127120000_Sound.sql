-- FleetDb (Model/*.cs) describes the same tables; a test compares the two catalogs, so change both.

alter table tenant add column may_transcode boolean not null default false;

alter table job add column audio_source varchar(2048);

alter table job_asset add column is_part boolean not null default false;
alter table job_asset add column media jsonb;

alter table job_file alter column object_key drop not null;
alter table job_file add column content bytea;
alter table job_file add constraint job_file_content_check check ((object_key is null) = (content is not null));
