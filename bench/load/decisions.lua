-- One question a request, about a visitor picked at random from a file of their ids, 22 letters and a line's end each.
dofile("load/load.lua")

function init()
  seed()
  local file = io.open(os.getenv("VISITORS"), "rb")
  visitors = file:read("*a")
  file:close()
  count = #visitors / 23
  local path = "/v1/sites/" .. os.getenv("SITE") .. "/decision?purpose=retargeting&visitor=HERE"
  before, after = around("GET", path, { ["Authorization"] = "Bearer " .. os.getenv("KEY") }, nil, 22)
end

function request()
  local at = math.random(0, count - 1) * 23
  return before .. visitors:sub(at + 1, at + 22) .. after
end
