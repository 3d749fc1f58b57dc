create table web_session (
    token_sha256 bytea not null,
    key_id varchar(16) not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint web_session_pkey primary key (token_sha256),
    constraint web_session_token_check check (length(token_sha256) = 32),
    constraint web_session_key_id_fkey foreign key (key_id) references api_key (id) on delete cascade
);

create index web_session_key_idx on web_session (key_id, created_at desc);
create index web_session_expires_idx on web_session (expires_at);
