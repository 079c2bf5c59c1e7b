-- What PostgreSQL itself does: rows of a record's size.
create table reference (
  id uuid primary key, visitor uuid not null, site text not null, version int not null, action smallint not null,
  choices jsonb not null, notice text not null, commitment bytea not null, signature bytea not null,
  given_at timestamptz not null default now(), expires_at timestamptz not null
);
insert into reference select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, gen_random_uuid(), 'site', 1, 1,
  '{"functional":true,"analytics":true,"advertising":true,"retargeting":true}', 'sha256:' || repeat('0', 64),
  decode(repeat('00', 32), 'hex'), decode(repeat('00', 64), 'hex'), now(), now() + interval '180 days'
  from generate_series(1, 100000) n;
analyze reference;
