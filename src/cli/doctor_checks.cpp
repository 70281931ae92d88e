#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>

#include "api/secrets.h"
#include "cli/client.h"
#include "cli/doctor.h"
#include "cli/terminal.h"
#include "cli/workspace_commands.h"
#include "core/clock.h"
#include "core/files.h"
#include "log/file_disk.h"
#include "log/inspect.h"
#include "log/snapshot_store.h"
#include "log/workspace_lock.h"
#include "model/instruction_set.h"
#include "model/package.h"
#include "spec/spec.h"

namespace volant::cli {
namespace {

using State = Check::State;

constexpr rlim_t kFilesMin = 4096;  // a socket each, segments, snapshots
constexpr Micros kSyncSlow = 20 * kMillisecond;
constexpr int kSyncs = 20;
constexpr std::size_t kSyncBytes = 4096;
constexpr std::uint64_t kVerifyBytesMax = 1u << 30;     // a larger log is left to `log verify`
constexpr Micros kBuildTime = 1'767'225'600 * kSecond;  // 2026-01-01: no clock is right before

Check ok(std::string name, std::string found) {
    return {std::move(name), State::kOk, std::move(found), ""};
}
Check warning(std::string name, std::string found, std::string advice) {
    return {std::move(name), State::kWarning, std::move(found), std::move(advice)};
}
Check failed(std::string name, std::string found, std::string advice) {
    return {std::move(name), State::kFailed, std::move(found), std::move(advice)};
}
Check failed(std::string name, const Error& error, std::string advice) {
    return failed(std::move(name), error.message, error.hint.empty() ? advice : error.hint);
}

Check check_instruction_set() {
    const auto isa = model::instruction_set();
    if (!isa.ok()) return failed("instruction set", isa.error(), "unset VOLANT_ISA");
    return ok("instruction set", fmt::format("{} of {}", *isa, model::instruction_sets()));
}

Check check_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return warning("open files", std::strerror(errno), "look at ulimit -n");
    const std::string found =
        limit.rlim_cur == RLIM_INFINITY ? "no limit" : "at most " + format_count(limit.rlim_cur);
    if (limit.rlim_cur >= kFilesMin) return ok("open files", found);
    return warning("open files", found,
                   fmt::format("each connection needs one: ulimit -n {}, or LimitNOFILE= in the "
                               "service's unit",
                               kFilesMin));
}

Check check_clock() {
    const Micros now = SystemClock().now();
    const std::string found = format_time(now).substr(0, 19) + " UTC";
    if (now >= kBuildTime) return ok("clock", found);
    return failed("clock", found, "set it: times of events would be refused");
}

Check check_format(const std::string& data) {
    const auto text = read_file(data + "/FORMAT", 100);
    if (!text.ok()) return ok("data format", "no data yet");
    const std::string known = std::to_string(log::kDataFormat) + "\n";
    const std::string found = text->substr(0, text->find('\n'));
    if (*text == known) return ok("data format", found);
    return failed("data format",
                  "found \"" + found + "\", expected " + std::to_string(log::kDataFormat),
                  "use the release that made this folder");
}

Check check_lock(const std::string& folder, bool* in_use) {
    const int holder = log::WorkspaceLock::holder(folder + "/data");
    *in_use = holder != 0;
    if (holder == 0) return ok("lock", "free");
    const auto server = running_server(folder);
    return ok(
        "lock",
        fmt::format("process {}{}", holder,
                    server ? fmt::format(", a server at {}:{}", server->host, server->port) : ""));
}

Check check_space(const std::string& folder, const spec::Spec& spec) {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0)
        return failed("disk space", std::strerror(errno), "look at the file system");
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    // One segment is written while the next is prepared.
    const std::uint64_t needed = 2 * spec.log.segment_bytes;
    const std::string found = fmt::format("{} free, a segment of the log takes {}",
                                          format_bytes(free), format_bytes(spec.log.segment_bytes));
    if (free < needed) {
        return failed("disk space", found,
                      "make room, or set log.retention; without room writes are refused with "
                      "storage_full");
    }
    if (free < 10 * needed) return warning("disk space", found, "make room soon");
    return ok("disk space", found);
}

// The median of some syncs of a block, as a group commit does them; -1 if it cannot be told.
Micros median_sync(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return -1;
    const std::string zeros(kSyncs * kSyncBytes, '\0');
    bool good =
        ::pwrite(file, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) &&
        ::fdatasync(file) == 0;
    const std::string block(kSyncBytes, 'v');
    std::vector<Micros> took;
    for (int i = 0; i < kSyncs && good; ++i) {
        const Micros start = monotonic_now();
        good = ::pwrite(file, block.data(), block.size(), i * static_cast<off_t>(kSyncBytes)) ==
                   static_cast<ssize_t>(block.size()) &&
               ::fdatasync(file) == 0;
        took.push_back(monotonic_now() - start);
    }
    ::close(file);
    ::unlink(path.c_str());
    if (!good) return -1;
    std::nth_element(took.begin(), took.begin() + kSyncs / 2, took.end());
    return took[kSyncs / 2];
}

Check check_sync(const std::string& data) {
    const std::string folder = data + "/tmp";
    if (const Status made = make_folders(folder); !made.ok())
        return failed("sync", made.error(), "the folder must be writable");
    const Micros median = median_sync(folder + "/doctor");
    if (median < 0)
        return failed("sync", std::strerror(errno), "the disk must take small synced writes");
    const std::string found =
        fmt::format("{:.2f} ms to make 4 KiB durable (median)", static_cast<double>(median) / 1000);
    if (median <= kSyncSlow) return ok("sync", found);
    return warning("sync", found, "every answer waits for one: use a local SSD");
}

std::uint64_t log_bytes(const log::FileDisk& disk, const std::string& folder) {
    std::uint64_t bytes = 0;
    const auto names = disk.list(folder);
    if (!names.ok()) return 0;
    for (const std::string& name : *names) {
        const auto file = disk.open_read_only(folder + "/" + name);
        const auto size = file.ok() ? (*file)->size() : Result<std::uint64_t>(0u);
        bytes += size.ok() ? *size : 0;
    }
    return bytes;
}

Check check_log(const std::string& data, const spec::Spec& spec, Micros now) {
    const std::string folder = data + "/log";
    const log::FileDisk disk;
    if (log_bytes(disk, folder) > kVerifyBytesMax)
        return warning("log", "too large to read now", "volant log verify reads all of it");
    const auto report = log::verify_log(disk, folder);
    if (!report.ok()) {
        if (report.error().code == Code::kNotFound) return ok("log", "none yet");
        return failed("log", report.error(), "look at the files");
    }
    if (report->damage) {
        return failed("log",
                      fmt::format("{} at byte {}: {}", report->damage->file, report->damage->offset,
                                  report->damage->what),
                      fmt::format("{} records before it are good; restore the file from a copy",
                                  format_count(report->records)));
    }
    const std::string found =
        fmt::format("{} records, every checksum is right", format_count(report->records));
    if (!spec.simulated_time && report->last_known_at > now + kFutureMax) {
        return failed(
            "log", found + "; the last is from " + format_time(report->last_known_at).substr(0, 19),
            "the machine's clock is behind: set it");
    }
    return ok("log", found);
}

// Only an empty log may be without.
Check check_secrets(const std::string& data) {
    const std::string name = "secrets";
    const log::FileDisk disk;
    if (!log::oldest_lsn(disk, data + "/log").ok() && !file_exists(data + "/keys/workspace"))
        return ok(name, "none yet");
    const auto secrets = api::read_secrets(data + "/keys");
    if (!secrets.ok()) return failed(name, secrets.error(), "restore the file from a backup");
    return ok(name, "whole");
}

Check check_snapshots(const std::string& data) {
    const log::SnapshotStore store(data + "/snapshots");
    std::vector<std::string> notes;
    const auto list = store.list(&notes);
    if (!list.ok() || list->empty()) return ok("snapshots", "none: a start reads the whole log");
    for (const log::SnapshotHeader& header : *list) {
        if (const auto whole = store.load(header.lsn); !whole.ok())
            return warning("snapshots", whole.error().message,
                           "another one, or the log, is read; remove it");
    }
    if (!notes.empty()) return warning("snapshots", notes.front(), "remove it");
    return ok("snapshots", fmt::format("{}, the newest at record {}", list->size(),
                                       format_count(list->back().lsn)));
}

// The versions that the log registers, by model; what it no longer holds has a folder, or nobody
// misses it.
std::set<std::string> registered_packages(const std::string& data, const spec::Spec& spec) {
    std::set<std::string> folders;
    const log::FileDisk disk;
    const auto oldest = log::oldest_lsn(disk, data + "/log");
    if (!oldest.ok() || log_bytes(disk, data + "/log") > kVerifyBytesMax) return folders;
    const auto reader = log::read_log(disk, data + "/log", *oldest);
    log::Record record;
    while (reader.ok()) {
        const auto more = (*reader)->next(record);
        if (!more.ok() || !*more) break;  // what is damaged is check_log()'s to say
        if (record.type != log::RecordType::kVersion) continue;
        const auto version = model::decode_version(record);
        if (version.ok() && spec.model_index(version->model) >= 0)
            folders.insert(
                model::package_folder(data + "/models", version->model, version->version));
    }
    return folders;
}

Check check_packages(const std::string& data, const spec::Spec& spec) {
    std::set<std::string> folders = registered_packages(data, spec);
    std::error_code none;
    auto it = std::filesystem::recursive_directory_iterator(data + "/models", none);
    for (; !none && it != std::filesystem::recursive_directory_iterator(); it.increment(none)) {
        if (it->path().filename() == "checksums.txt" &&
            it->path().parent_path().extension().empty())
            folders.insert(it->path().parent_path().string());
    }
    if (folders.empty()) return ok("packages", "none yet");
    for (const std::string& folder : folders) {
        if (const Status whole = model::check_package(folder); !whole.ok())
            return failed("packages", folder + ": " + whole.error().message,
                          "restore data/models from a backup, or train again");
    }
    return ok("packages", fmt::format("{}, every checksum is right", folders.size()));
}

Check check_port(const spec::Spec& spec) {
    const std::string name = fmt::format("{}:{}", spec.server.listen, spec.server.port);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (::getaddrinfo(spec.server.listen.c_str(), std::to_string(spec.server.port).c_str(), &hints,
                      &found) != 0) {
        return failed("port", name + " is no address", "look at server.listen");
    }
    const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;  // as the server does: a port that just closed is free
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool free = ::bind(socket, found->ai_addr, found->ai_addrlen) == 0;
    const int why = errno;
    ::close(socket);
    ::freeaddrinfo(found);
    if (free) return ok("port", name + " is free");
    return failed("port", name + ": " + std::strerror(why),
                  "volant serve --port takes another one");
}

}  // namespace

std::vector<Check> check_machine() {
    return {check_instruction_set(), check_open_files(), check_clock()};
}

std::vector<Check> check_workspace(const std::string& folder) {
    const std::string path = folder + "/volant.yaml";
    const std::string data = folder + "/data";
    const auto text = read_file(path, kSpecBytesMax);
    if (!text.ok()) return {failed("volant.yaml", text.error(), "volant new makes one")};
    const auto spec = spec::parse_spec(*text, path);
    if (!spec.ok()) return {failed("volant.yaml", spec.error(), "mend it; nothing starts before")};
    bool in_use = false;
    std::vector<Check> checks = {ok("volant.yaml", path),     check_format(data),
                                 check_lock(folder, &in_use), check_secrets(data),
                                 check_space(folder, *spec),  check_sync(data)};
    // What a process writes meanwhile would look like damage.
    if (!in_use) {
        checks.push_back(check_log(data, *spec, SystemClock().now()));
        checks.push_back(check_snapshots(data));
        checks.push_back(check_packages(data, *spec));
        checks.push_back(check_port(*spec));
    }
    return checks;
}

}  // namespace volant::cli
