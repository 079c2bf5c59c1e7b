-- The generic cell rate algorithm over several keys of one site: all are charged, or none is.
-- KEYS: one per quota. ARGV: for each its interval and tolerance in µs.
-- Returns 0, or how many µs to wait. What a key holds is believed only where it is possible.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local after, wait = {}, 0
for i, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local held = redis.pcall('GET', key)
  local owed = type(held) == 'string' and tonumber(held) or now
  if not (owed >= now and owed <= now + tolerance) then owed = now end
  after[i] = owed + interval
  wait = math.max(wait, after[i] - tolerance - now)
end
if wait > 0 then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', after[i]), 'PX', math.ceil((after[i] - now) / 1000))
end
return 0
