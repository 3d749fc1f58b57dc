-- States that an operator sets, and why and since when an account is in its state.

alter table account drop constraint account_state_check;
alter table account add constraint account_state_check
    check (state in ('active', 'flooded', 'cooling', 'disabled', 'draining', 'logged_out', 'banned'));

alter table account add column state_reason varchar(200);
alter table account add column state_at timestamptz;
update account set state_at = updated_at;
alter table account alter column state_at set not null;
