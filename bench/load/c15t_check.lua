-- One check a request, about a visitor picked at random.
dofile("load/load.lua")

function init()
  seed()
  count = tonumber(os.getenv("SUBJECTS"))
  before, after = around("GET", "/consents/check?externalId=visitorHERE&type=cookie_banner", {}, nil, 1)
end

function request()
  return before .. math.random(count) .. after
end
