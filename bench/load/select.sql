\set n random(1, 100000)
select id, version, action, choices, notice, given_at, expires_at from reference where id = ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid;
