-- The two indexes that `@c15t/backend` lacks, and so many (:subjects) subjects with three consents each, after the pattern
-- of the first.
\set ON_ERROR_STOP on
set synchronous_commit = off;
create index on consent ("subjectId");
create index on subject ("externalId");
insert into subject (id, "externalId", "identityProvider")
  select 'sub_' || n, 'visitor' || n, s."identityProvider" from generate_series(1, :subjects) n, subject s;
insert into consent (id, "subjectId", "domainId", "policyId", "purposeIds", metadata, "userAgent", "givenAt", jurisdiction,
    "uiSource", "consentAction")
  select 'cns_' || n || '_' || m, 'sub_' || n, c."domainId", c."policyId", c."purposeIds", c.metadata, c."userAgent",
    now() - (180 - m * 45) * interval '1 day', c.jurisdiction, c."uiSource", c."consentAction"
  from consent c, generate_series(1, 3) m, generate_series(1, :subjects) n;
