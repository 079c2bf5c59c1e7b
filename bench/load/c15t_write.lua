-- One new visitor's consent a request.
dofile("load/load.lua")

-- 24 digits without a zero, which its ids must not have.
local function digits()
  return (string.format("%012d%012d", math.random(0, 999999999999), math.random(0, 999999999999)):gsub("0", "9"))
end

local EXTERNAL = '","externalSubjectId":"visitor_'

function init()
  seed()
  local headers = of_a_page("application/json")
  local body = '{"type":"cookie_banner","subjectId":"sub_HERE","domain":"example.com","preferences":{"necessary":true,"measurement":true,"marketing":true},"givenAt":' .. os.getenv("NOW") .. ',"metadata":{"uiVersion":"1"},"uiSource":"banner","consentAction":"all"}'
  before, after = around("POST", "/subjects", headers, body, 24 + #EXTERNAL + 24)
end

function request()
  return before .. digits() .. EXTERNAL .. digits() .. after
end
