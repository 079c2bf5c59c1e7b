\set n random(1, :visitors)
select version, record, action, method, gpc, notice, choices, vendors, taken_back, given_at, expires_at, personal from state where site = :site and visitor = decode(md5(:n), 'hex');
