-- The generic cell rate algorithm over several keys of one site: all are charged, or none is.
-- KEYS: one per quota. ARGV: for each what the request costs and its tolerance, in µs.
-- Returns how many µs to wait, or 0, and then what is owed of each, in µs. What a key holds is
-- believed only where it is possible.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local owed, wait = {}, 0
for i, key in ipairs(KEYS) do
  local cost, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local held = redis.pcall('GET', key)
  owed[i] = (type(held) == 'string' and tonumber(held) or now) - now
  if not (owed[i] >= 0 and owed[i] <= tolerance) then owed[i] = 0 end
  wait = math.max(wait, owed[i] + cost - tolerance)
end
if wait > 0 then return {math.ceil(wait), unpack(owed)} end
for i, key in ipairs(KEYS) do
  owed[i] = owed[i] + tonumber(ARGV[2 * i - 1])
  redis.call('SET', key, string.format('%.0f', now + owed[i]), 'PX', math.ceil(owed[i] / 1000))
end
return {0, unpack(owed)}
