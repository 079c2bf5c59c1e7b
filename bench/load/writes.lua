-- One new visitor's yes a request: a fresh id, a fresh secret, the headers a browser sends.
dofile("load/load.lua")

local B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local random, format = math.random, string.format

local pairs_of_letters = {}
for first in B64:gmatch(".") do
  for second in B64:gmatch(".") do pairs_of_letters[#pairs_of_letters + 1] = first .. second end
end

-- 16 bytes end in two significant bits.
local ends = {}
for letter in B64:gmatch(".") do
  for last in ("AQgw"):gmatch(".") do ends[#ends + 1] = letter .. last end
end

local function two()
  return pairs_of_letters[random(4096)]
end

-- A random UUID (version 4) as it is written.
local function uuid()
  return format("%08x-%04x-4%03x-%04x-%06x%06x", random(0, 0xffffffff), random(0, 0xffff), random(0, 0xfff), random(0x8000, 0xbfff),
    random(0, 0xffffff), random(0, 0xffffff))
end

local function secret()
  return two() .. two() .. two() .. two() .. two() .. two() .. two() .. two() .. two() .. two() .. ends[random(256)]
end

local SECRET = '","visitor_secret":"'

function init()
  seed()
  local headers = of_a_page("text/plain;charset=UTF-8")
  local body = '{"id":"HERE","notice":"' .. os.getenv("NOTICE") .. '","base_version":0,"action":"accept_all","choices":{"functional":true,"analytics":true,"advertising":true,"retargeting":true},"language":"en","method":"banner"}'
  before, after = around("POST", "/v1/sites/" .. os.getenv("SITE") .. "/consents", headers, body, 36 + #SECRET + 22)
end

function request()
  return before .. uuid() .. SECRET .. secret() .. after
end
