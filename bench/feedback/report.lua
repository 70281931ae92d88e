-- The end of a wrk script: one line of JSON. Latencies in microseconds.
local report = {}

function report.done(summary, latency)
    io.write(string.format(
        '{"requests":%d,"seconds":%.4f,"rate":%.1f,"refused":%d,"broken":%d,"p50_us":%d,"p99_us":%d,"p999_us":%d}\n',
        summary.requests, summary.duration / 1e6, summary.requests * 1e6 / summary.duration, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end

return report
