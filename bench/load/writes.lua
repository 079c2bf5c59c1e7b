-- One new visitor's yes a request: a fresh id, a fresh secret, the headers a browser sends.
dofile("load/load.lua")

local B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local LAST = "AQgw" -- 16 bytes end in two significant bits
local HEX = "0123456789abcdef"

local function pick(letters, count)
  local out = {}
  for i = 1, count do
    local at = math.random(#letters)
    out[i] = letters:sub(at, at)
  end
  return table.concat(out)
end

local function uuid()
  return pick(HEX, 8) .. "-" .. pick(HEX, 4) .. "-4" .. pick(HEX, 3) .. "-" .. pick("89ab", 1) .. pick(HEX, 3) .. "-" .. pick(HEX, 12)
end

function init()
  seed()
  path = "/v1/sites/" .. os.getenv("SITE") .. "/consents"
  headers = { ["Content-Type"] = "text/plain;charset=UTF-8", ["Origin"] = os.getenv("ORIGIN"), ["Accept-Language"] = "en-GB,en;q=0.9",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36" }
  tail = '","notice":"' .. os.getenv("NOTICE") .. '","base_version":0,"action":"accept_all","choices":{"functional":true,"analytics":true,"advertising":true,"retargeting":true},"language":"en","method":"banner"}'
end

function request()
  local body = '{"id":"' .. uuid() .. '","visitor_secret":"' .. pick(B64, 21) .. pick(LAST, 1) .. tail
  return wrk.format("POST", path, headers, body)
end
