-- Events of about 300 bytes with ids of their own: RUN names the run, BATCH says how many go in a POST.
local report = require("report")
local run, batch = os.getenv("RUN"), tonumber(os.getenv("BATCH"))

-- The fixed ends of events, made before the clock runs, so that the client's core has little to do.
local tails = {}
math.randomseed(1)
for i = 0, 32767 do
    tails[i] = string.format(
        '","event":"view","user":"u%d","item":"i%d","properties":{"country":"%s","device":"%s","lat":%.4f,"lon":%.4f,' ..
        '"session":"s%08d","price":%.2f,"quantity":%d,"position":%d,"query":"a lamp for the desk number %d",' ..
        '"tags":["light","desk","green","sale"]}}',
        math.random(10000), math.random(5000), ({"de", "fr", "cn", "us"})[math.random(4)],
        ({"mobile", "desktop"})[math.random(2)], math.random() * 90, math.random() * 180, math.random(99999999),
        math.random() * 100, math.random(5), math.random(40), 100000 + math.random(899999))
end

local sent = 0
local function event()
    sent = sent + 1
    return '{"id":"bench-' .. run .. '-' .. sent .. tails[sent % 32768]
end

wrk.method = "POST"
wrk.headers["Content-Type"] = batch == 1 and "application/json" or "application/x-ndjson"

function request()
    if batch == 1 then return wrk.format(nil, nil, nil, event()) end
    local lines = {}
    for i = 1, batch do lines[i] = event() end
    return wrk.format(nil, nil, nil, table.concat(lines, "\n"))
end

done = report.done
