-- What all loads share: a seed of its own for every thread, requests put together cheaply, a pace, and the result as
-- JSON. What a request costs here is taken from the servers, which have the same cores.
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function seed()
  local source = io.open("/dev/urandom", "rb")
  local a, b, c, d = source:read(4):byte(1, 4)
  source:close()
  math.randomseed(a + b * 256 + c * 65536 + d * 8388608 + number)
end

-- What stands before and after the part of a request that changes: `HERE` in its path or its body. Each request has to
-- put something of the same length there.
function around(method, path, headers, body, length)
  local room = string.rep("#", length)
  local whole = wrk.format(method, (path:gsub("HERE", room)), headers, body and (body:gsub("HERE", room)))
  local first, last = whole:find(room, 1, true)
  return whole:sub(1, first - 1), whole:sub(last + 1)
end

-- The headers that a browser sends with a body from a page.
function of_a_page(kind)
  return { ["Content-Type"] = kind, ["Origin"] = os.getenv("ORIGIN"), ["Accept-Language"] = "en-GB,en;q=0.9",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36" }
end

-- A paced load: requests take turns at moments that lie apart by so many milliseconds on each thread, however long
-- answers take; a thread that fell behind sends at once until it has caught up.
local gap = tonumber(os.getenv("GAP"))
if gap then
  local ffi = require("ffi")
  ffi.cdef("typedef struct { long s; long ns; } moment; int clock_gettime(int clock, moment *now);")
  local moment, turn = ffi.new("moment"), nil
  local function now()
    ffi.C.clock_gettime(1, moment)
    return tonumber(moment.s) * 1e3 + tonumber(moment.ns) / 1e6
  end
  function delay()
    turn = (turn or now()) + gap
    return math.max(0, math.floor(turn - now()))
  end
end

local file = os.getenv("RESULT")
function done(summary, latency)
  local out = io.open(file, "w")
  out:write(string.format('{"rate":%.1f,"p50":%.3f,"p99":%.3f,"requests":%d,"refused":%d,"broken":%d}',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.requests,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
  out:close()
end
