-- What both loads share: a seed of its own for every thread, and the result as JSON.
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

-- A paced load: every connection rests between two requests, milliseconds. An answer takes a few of its own.
local pause = tonumber(os.getenv("PAUSE"))
if pause then
  function delay() return math.max(0, pause - 6) end
end

local file = os.getenv("RESULT")
function done(summary, latency)
  local out = io.open(file, "w")
  out:write(string.format('{"rate":%.1f,"p50":%.3f,"p99":%.3f,"requests":%d,"refused":%d,"broken":%d}',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, summary.requests,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
  out:close()
end
