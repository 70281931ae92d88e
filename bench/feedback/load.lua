-- Predictions and, one in eleven, the feedback on one of them; each connection waits 10 ms between requests, so that
-- 55 connections make at most 5,000 predictions and 500 feedbacks a second.
local report = require("report")
local words, waiting, sent, answered = 500, {}, 0, 0
math.randomseed(1)

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

function delay() return 10 end

function request()
    sent = sent + 1
    if sent % 11 == 0 and #waiting > 0 then
        return wrk.format(nil, "/v1/feedback", nil, string.format('{"prediction_id":"%s","outcome":%d}',
            table.remove(waiting), math.random(0, 1)))
    end
    return wrk.format(nil, "/v1/predict/word", nil, string.format(
        '{"user":"u%d","input":{"word":"w%d","a":%.4f,"b":%.4f,"c":%.4f,"d":%.4f}}', math.random(1000),
        math.random(words), math.random(), math.random(), math.random(), math.random()))
end

function response(status, headers, body)
    answered = answered + 1
    if #waiting < 64 then
        local id = body:match('"prediction_id":"([^"]+)","model"') or body:match('"prediction_id":"([^"]+)","score"')
        if id then waiting[#waiting + 1] = id end
    end
end

done = report.done
