-- One question a request, about a visitor picked at random from a list.
dofile("load/load.lua")

function init()
  seed()
  visitors = {}
  for line in io.lines(os.getenv("VISITORS")) do visitors[#visitors + 1] = line end
  path = "/v1/sites/" .. os.getenv("SITE") .. "/decision?purpose=retargeting&visitor="
  headers = { ["Authorization"] = "Bearer " .. os.getenv("KEY") }
end

function request()
  return wrk.format("GET", path .. visitors[math.random(#visitors)], headers)
end
