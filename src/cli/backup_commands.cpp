#include "cli/backup_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "cli/client.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "core/archive.h"
#include "core/files.h"
#include "log/file_disk.h"
#include "log/inspect.h"

namespace volant::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kAskInterruptEvery = std::chrono::milliseconds(20);

Error failed(const std::string& doing, const std::string& path, const std::error_code& error) {
    const bool full = error == std::errc::no_space_on_device;
    return fail(full ? Code::kStorageFull : Code::kUnavailable,
                "cannot " + doing + " " + path + ": " + error.message());
}

// Also to another disk; then old or new, never half.
Status move_file(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error == std::errc::cross_device_link) {
        const std::string beside = to + ".new";
        error.clear();
        fs::copy_file(from, beside, fs::copy_options::overwrite_existing, error);
        if (!error) fs::rename(beside, to, error);
        std::error_code ignored;
        fs::remove(error ? beside : from, ignored);
    }
    return error ? Status(failed("write", to, error)) : Status{};
}

// Before a copy of everything is made for nothing.
Status check_target(const std::string& file) {
    if (fs::is_directory(file)) return fail(Code::kUsage, file + " is a folder, expected a file");
    std::string folder = fs::path(file).parent_path().string();
    if (folder.empty()) folder = ".";
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
    return failed("write", file, std::error_code(errno, std::generic_category()));
}

// Waits for the copy. Interrupted, one that this process makes ends at once; a server's is waited
// for, since only then can it be removed.
Result<std::string> make_copy(Client& client) {
    catch_interrupts();
    Result<std::string> answer = std::string();
    std::atomic<bool> ended{false};
    std::thread asks([&] {
        answer = client.send(api::Method::kPost, "/v1/backup");
        ended = true;
    });
    for (bool told = false; !ended; std::this_thread::sleep_for(kAskInterruptEvery)) {
        if (!interrupted() || std::exchange(told, true)) continue;
        client.end_backup();
        if (!client.in_process())
            print_note("interrupted: the server's copy is removed once it is made");
    }
    asks.join();
    return answer;
}

Result<int> backup(const Session& session, const std::string& file) {
    VOLANT_OK(check_target(file));
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const std::string answer, make_copy(client));
    VOLANT_TRY(const JsonTree made, parse_json(answer));
    const std::string copy = client.folder() + "/" + made["file"].text;
    const Status moved = interrupted()
                             ? Status(fail(Code::kCancelled, "interrupted; nothing was written"))
                             : move_file(copy, file);
    if (!moved.ok()) {
        std::error_code ignored;
        fs::remove(copy, ignored);
        return moved.error();
    }
    const auto bytes = static_cast<std::uint64_t>(made["bytes"].number_or(0));
    if (session.json) {
        std::string body;
        json::Writer out(body);
        out.object().key("file").string(file);
        out.key("lsn").string(made["lsn"].text);
        out.key("bytes").unsigned_integer(bytes).end();
        print_line(body);
    } else {
        fmt::print("{}: {}, everything up to lsn {}\n", file, format_bytes(bytes),
                   made["lsn"].text);
    }
    return 0;
}

// Everything is unpacked and verified beside the workspace before any of it gets its name; the
// volant.yaml, which makes the folder a workspace, comes last.
Result<log::LogReport> restore_into(const std::string& file, const std::string& folder) {
    const std::string beside = folder + "/restoring.tmp";
    std::error_code error;
    fs::remove_all(beside, error);
    VOLANT_OK(make_folders(beside));
    VOLANT_OK(extract_archive(file, beside));
    if (!file_exists(beside + "/volant.yaml") || !file_exists(beside + "/data/FORMAT"))
        return fail(Code::kCorrupt, file + " is an archive, but not of a workspace");
    const log::FileDisk disk;
    VOLANT_TRY(const log::LogReport report, log::verify_log(disk, beside + "/data/log"));
    if (report.damage) {
        return fail(Code::kCorrupt, fmt::format("{}: {} at byte {}: {}", file, report.damage->file,
                                                report.damage->offset, report.damage->what));
    }
    for (const char* name : {"data", "volant.yaml"}) {
        fs::rename(beside + "/" + name, folder + "/" + name, error);
        if (error) return failed("write", folder + "/" + name, error);
    }
    VOLANT_OK(sync_folder(folder));
    fs::remove(beside, error);
    return report;
}

// Something else than a backup is bad input; a backup that is cut or changed is damaged.
Status check_archive(const std::string& file) {
    constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
    std::ifstream in(file, std::ios::binary);
    std::string head(kZstd.size(), '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (in.gcount() == 0 ||
        kZstd.starts_with(head.substr(0, static_cast<std::size_t>(in.gcount()))))
        return {};
    return fail(Code::kUsage, file + " is no backup, expected what `volant backup` wrote");
}

Result<int> restore(const Session& session, const std::string& file) {
    const std::string folder = session.folder.empty() ? "." : session.folder;
    if (!file_exists(file)) return fail(Code::kUnavailable, "found no file " + file);
    for (const char* name : {"/volant.yaml", "/data"}) {
        if (file_exists(folder + name)) {
            return fail(Code::kConflict,
                        "found " + folder + name + ", expected a folder without a workspace", {},
                        "volant -w NEW restore " + file);
        }
    }
    VOLANT_OK(check_archive(file));
    const bool is_new = !file_exists(folder);
    const auto report = restore_into(file, folder);
    std::error_code ignored;
    if (!report.ok()) {
        fs::remove_all(folder + "/restoring.tmp", ignored);
        if (is_new) fs::remove(folder, ignored);
        return report.error();
    }
    if (session.json) {
        print_line(log::report_json(*report));
    } else {
        fmt::print("{}: {} records, verified, up to lsn {}\n", folder,
                   format_count(report->records), report->next_lsn - 1);
    }
    return 0;
}

}  // namespace

Run declare_backup(Options& options) {
    const auto file = std::make_shared<std::string>();
    options.option("FILE", *file, "Where to write it; `tar --zstd -tf` lists it")
        .required()
        .type("");
    return [file](const Session& session) { return backup(session, *file); };
}

Run declare_restore(Options& options) {
    const auto file = std::make_shared<std::string>();
    options.option("FILE", *file, "What `volant backup` wrote").required().type("");
    return [file](const Session& session) { return restore(session, *file); };
}

}  // namespace volant::cli
