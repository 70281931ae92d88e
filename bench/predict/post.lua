-- Rows of 28 numbers, the same for both sides; Volant's name a subject too. SIDE: volant or fastapi.
local report = require("report")
local with_user = os.getenv("SIDE") == "volant"
local bodies = {}
math.randomseed(1)
for i = 1, 1024 do
    local numbers = {}
    for j = 0, 27 do
        local number = string.format("%.4f", math.random())
        numbers[#numbers + 1] = with_user and string.format('"f%d":%s', j, number) or number
    end
    local row = table.concat(numbers, ",")
    bodies[i] = (with_user and string.format('{"user":"u%d","input":{%s}}', i, row) or '{"x":[' .. row .. "]}")
end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function init()
    for i = 1, 1024 do bodies[i] = wrk.format(nil, nil, nil, bodies[i]) end
end

local sent = 0
function request()
    sent = sent + 1
    return bodies[sent % 1024 + 1]
end

done = report.done
