// Measures the log by itself: how many durable commands a second at 64 submitters, how long a
// commit takes, how fast records are read back. bench/log/README.md says how to run it and what it
// gave.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/hash.h"
#include "log/file_disk.h"
#include "log/log.h"
#include "log/runner.h"

namespace volant::log {
namespace {

constexpr std::size_t kRecordBytes = 120;

class CountFold : public Fold {
  public:
    void apply(const Record& record) override { hash = hash_mix(hash, record.lsn); }
    void snapshot(std::string& out) const override { out += "x"; }
    Status restore(std::string_view) override { return {}; }
    std::uint64_t hash = 0;
};

// A client that waits for its answer before it asks again.
struct Client {
    std::atomic<bool> answered{true};
    Micros sent = 0;
};

class Append : public Command {
  public:
    Append(Client& client, std::vector<Micros>& latencies)
        : client_(client), latencies_(latencies) {}
    void run(Turn& turn) override {
        static const std::string text(kRecordBytes, 'x');
        turn.append({.type = RecordType::kEvent, .event_time = 1, .clear = text, .sealed = {}});
    }
    void done(const Status& status) override {
        if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message.c_str());
        latencies_.push_back(monotonic_now() - client_.sent);
        client_.answered.store(true, std::memory_order_release);
    }

  private:
    Client& client_;
    std::vector<Micros>& latencies_;
};

Micros percentile(std::vector<Micros>& sorted, double p) {
    return sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

// One network thread polls its clients in turn, as an event loop does.
void bench_commands(Log& log, std::size_t clients_count, Micros duration) {
    CountFold fold;
    SystemClock clock;
    auto runner = make_runner(log, fold, clock, {});
    if (!runner->start().ok()) return;
    std::vector<Client> clients(clients_count);
    std::vector<Micros> latencies;
    latencies.reserve(4'000'000);
    const LogStat before = log.stat();
    const Micros start = monotonic_now();
    std::vector<std::unique_ptr<Command>> ready;
    while (monotonic_now() - start < duration) {
        for (Client& client : clients) {
            if (!client.answered.exchange(false, std::memory_order_acquire)) continue;
            client.sent = monotonic_now();
            ready.push_back(std::make_unique<Append>(client, latencies));
        }
        if (!ready.empty()) {
            (void)runner->submit_all(ready);
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    }
    (void)runner->stop(false);
    const double seconds = static_cast<double>(monotonic_now() - start) / 1e6;
    const LogStat after = log.stat();
    std::sort(latencies.begin(), latencies.end());
    const auto count = static_cast<double>(latencies.size());
    const auto syncs = static_cast<double>(after.syncs - before.syncs);
    std::printf(
        "%4zu clients: %8.0f commands/s, %6.0f syncs/s, %5.1f a sync, p50 %lld us, p99 %lld us, "
        "max %lld us\n",
        clients_count, count / seconds, syncs / seconds, count / syncs,
        static_cast<long long>(percentile(latencies, 0.5)),
        static_cast<long long>(percentile(latencies, 0.99)),
        static_cast<long long>(latencies.back()));
}

// Bulk: batches of 100 records a commit; the longest one shows whether preparing segments stalls.
void bench_bulk(Log& log, std::uint64_t records) {
    const std::string text(kRecordBytes, 'x');
    std::vector<Micros> commits;
    const Micros start = monotonic_now();
    for (std::uint64_t i = 0; i < records; ++i) {
        log.append({.type = RecordType::kEvent,
                    .event_time = 1,
                    .known_at = 1,
                    .clear = text,
                    .sealed = {}});
        if (i % 100 != 99) continue;
        const Micros before = monotonic_now();
        if (!log.commit(0).ok() || !log.reserve(1u << 20).ok()) return;
        commits.push_back(monotonic_now() - before);
    }
    const double seconds = static_cast<double>(monotonic_now() - start) / 1e6;
    std::sort(commits.begin(), commits.end());
    std::printf(
        "bulk of 100: %8.0f records/s, commit p50 %lld us, p99 %lld us, max %lld us\n",
        static_cast<double>(records) / seconds, static_cast<long long>(percentile(commits, 0.5)),
        static_cast<long long>(percentile(commits, 0.99)), static_cast<long long>(commits.back()));
}

void bench_read(const Log& log) {
    const Micros start = monotonic_now();
    auto reader = log.read(1);
    Record record;
    std::uint64_t records = 0, bytes = 0;
    while (true) {
        const auto more = (*reader)->next(record);
        if (!more.ok() || !*more) break;
        ++records;
        bytes += record.clear.size();
    }
    const double seconds = static_cast<double>(monotonic_now() - start) / 1e6;
    const LogStat stat = log.stat();
    std::printf("read: %.2f M records/s (%llu records, %.2f bytes on disk a byte of payload)\n",
                static_cast<double>(records) / seconds / 1e6,
                static_cast<unsigned long long>(records),
                static_cast<double>(stat.bytes) / static_cast<double>(bytes));
    const Micros before = monotonic_now();
    auto middle = log.read(records / 2);
    (void)(*middle)->next(record);
    std::printf("first record from the middle: %lld us\n",
                static_cast<long long>(monotonic_now() - before));
}

int run(const std::string& folder) {
    std::filesystem::remove_all(folder);
    FileDisk disk;
    Micros start = monotonic_now();
    auto log = make_log(disk, folder, {});
    if (!log.ok()) return std::fprintf(stderr, "%s\n", log.error().message.c_str()), 1;
    std::printf("a new log: %lld us\n", static_cast<long long>(monotonic_now() - start));
    for (const std::size_t clients : {1, 8, 64, 200}) {
        bench_commands(**log, clients, 2 * kSecond);
        log->reset();
        log = make_log(disk, folder, {});
    }
    bench_bulk(**log, 2'000'000);
    log->reset();
    start = monotonic_now();
    log = make_log(disk, folder, {});
    std::printf("opening it again: %lld us\n", static_cast<long long>(monotonic_now() - start));
    bench_read(**log);
    log->reset();
    std::filesystem::remove_all(folder);
    return 0;
}

}  // namespace
}  // namespace volant::log

int main(int argc, char** argv) {
    return volant::log::run(argc > 1 ? argv[1] : "log_bench.tmp");
}
