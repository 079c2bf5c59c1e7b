-- Fills a site that has a yes and a no, made by a server, up to so many (:visitors) visitors with three records each,
-- shaped as a server leaves them: half of them yes, half no, given within the last 351 days. Everything that a server
-- looks up has an id of its own, in no order; only receipts and commitments are not signed. Leaves are left to the
-- server, which gives them their places in its evidence log.
\set ON_ERROR_STOP on
set synchronous_commit = off;
select keep_month((extract(epoch from now()) * 1000000)::bigint, -months) from generate_series(0, 12) months;

-- 128 bits as they are written in a request.
create function pg_temp.written(bytes bytea) returns text language sql immutable
  return translate(rtrim(encode(bytes, 'base64'), '='), '+/', '-_');

-- The yes and the no, in every table.
create temp table pattern as
  select row_number() over (order by r.action) - 1 as kind, r as record, p as personal, s as state, pg_temp.written(s.visitor) as visitor
  from record r join record_personal p on p.record = r.id join state s on s.record = r.id;

-- The visitors, in the order in which they first came.
create temp table visitor as
  select n, n % 2 as kind, decode(md5(n::text), 'hex') as visitor, first,
    (lpad(to_hex(first / 1000), 12, '0') || '7' || left(md5('a' || n), 3) || '8' || left(md5('b' || n), 15))::uuid as subject
  from (
    select n, (extract(epoch from now() - interval '351 days' + random() * interval '170 days') * 1000000)::bigint as first
    from generate_series(1, :visitors) n
  ) came order by first;

-- Their records, as they came in.
create temp table choice as
  select kind, visitor, subject, version, id, given_at, sha256(uuid_send(id)) as commitment
  from (
    select kind, visitor, subject, version, gen_random_uuid() as id, first + (version - 1) * 90 * 86400000000 as given_at
    from visitor, generate_series(1, 3) version
  ) made order by given_at;

insert into subject (site, visitor, subject, k, created_at)
  select (p.record).site, v.visitor, v.subject, sha256(uuid_send(v.subject)), v.first
  from visitor v join pattern p using (kind);

insert into record_key (site, id, given_at)
  select (p.record).site, c.id, c.given_at from choice c join pattern p using (kind);

insert into record (site, id, subject, version, base_version, action, asked, asked_vendors, choices, vendors, notice, method, gpc,
    assurance, given_at, expires_at, body_hash, commitment, key_id, signature)
  select r.site, c.id, c.subject, c.version, c.version - 1, r.action, r.asked, r.asked_vendors, r.choices, r.vendors, r.notice,
    r.method, r.gpc, r.assurance, c.given_at, c.given_at + r.expires_at - r.given_at, sha256(c.commitment), c.commitment, r.key_id,
    r.signature
  from choice c join pattern p using (kind), lateral (select (p.record).*) r;

insert into record_personal (site, record, regime, law, gpc_honoured, country, region, language, page, device, bot, given_at)
  select r.site, c.id, r.regime, r.law, r.gpc_honoured, r.country, r.region, r.language, r.page, r.device, r.bot, c.given_at
  from choice c join pattern p using (kind), lateral (select (p.personal).*) r;

insert into state (site, visitor, version, record, action, method, gpc, notice, choices, vendors, taken_back, given_at, expires_at, personal)
  select s.site, c.visitor, c.version, c.id, s.action, s.method, s.gpc, s.notice, s.choices, s.vendors, s.taken_back, c.given_at,
    c.given_at + s.expires_at - s.given_at, replace(s.personal, p.visitor, pg_temp.written(c.visitor))
  from choice c join pattern p using (kind), lateral (select (p.state).*) s where c.version = 3;

insert into leaf_queue (site, record, leaf, queued_at)
  select (p.record).site, c.id, '\x01'::bytea || c.commitment, c.given_at from choice c join pattern p using (kind);
