-- Events without ids of the client's, and predictions, in turns; from SUBJECTS subjects.
local report = require("report")
local subjects = tonumber(os.getenv("SUBJECTS"))
local bodies = {}
math.randomseed(tonumber(os.getenv("RUN")))
for i = 0, 16383 do
    local user, item = math.random(subjects), math.random(subjects)
    bodies[i] = i % 2 == 0
        and string.format('{"event":"view","user":"u%d","item":"i%d","properties":{"price":%.2f,"quantity":%d}}',
            user, item, math.random() * 100, math.random(5))
        or string.format('{"user":"u%d"}', user)
end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function init()
    for i = 0, 16383 do
        bodies[i] = wrk.format(nil, i % 2 == 0 and "/v1/events" or "/v1/predict/buys", nil, bodies[i])
    end
end

local sent = 0
function request()
    sent = sent + 1
    return bodies[sent % 16384]
end

done = report.done
