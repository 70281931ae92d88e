#include "log/snapshot_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/bytes.h"
#include "core/hash.h"
#include "core/hasher.h"
#include "log/file_disk.h"
#include "log/segments/segment_name.h"

namespace volant::log {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic{"\xffVolSnp\n", 8};
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeaderBytes = 48;
constexpr std::string_view kTemporary = ".tmp";
constexpr std::string_view kCopy = ".copy";

// The state's hash seeds the header's: the state is hashed while it is written, and only then is
// its length known.
std::string header_bytes(const SnapshotHeader& header, std::uint64_t state_hash) {
    std::string out;
    Writer writer(out);
    writer.raw(kMagic.data(), kMagic.size());
    writer.u32(kVersion);
    writer.u32(0);
    writer.u64(header.lsn);
    writer.i64(header.time);
    writer.u64(header.bytes);
    writer.u64(hash64(out, state_hash));
    return out;
}

Result<std::unique_ptr<File>> open_state(const std::string& path) {
    FileDisk disk;
    return disk.open_read_only(path);
}

Result<std::string> read_head(const File& file, const std::string& path) {
    std::string head(kHeaderBytes, '\0');
    VOLANT_TRY(const std::size_t got, file.read(0, head.data(), head.size()));
    if (got != kHeaderBytes || !head.starts_with(kMagic)) {
        return fail(Code::kCorrupt, path + ": not a snapshot");
    }
    return head;
}

Result<SnapshotHeader> parse_head(std::string_view head, const std::string& path) {
    Cursor in(head.substr(kMagic.size()));
    const std::uint32_t version = in.u32();
    if (version != kVersion) {
        return fail(Code::kCorrupt, path + ": snapshot version " + std::to_string(version) +
                                        ", expected " + std::to_string(kVersion));
    }
    in.u32();
    SnapshotHeader header;
    header.lsn = in.u64();
    header.time = in.i64();
    header.bytes = in.u64();
    return header;
}

Result<SnapshotHeader> read_header(const std::string& path) {
    VOLANT_TRY(const auto file, open_state(path));
    VOLANT_TRY(const std::string head, read_head(*file, path));
    return parse_head(head, path);
}

Result<Snapshot> load_file(const std::string& path, Lsn lsn) {
    VOLANT_TRY(const auto file, open_state(path));
    VOLANT_TRY(const std::string head, read_head(*file, path));
    VOLANT_TRY(const SnapshotHeader header, parse_head(head, path));
    VOLANT_TRY(const std::uint64_t size, file->size());
    if (header.lsn != lsn || size != kHeaderBytes + header.bytes) {
        return fail(Code::kCorrupt, path + ": the snapshot is cut or misplaced");
    }
    Snapshot snapshot{header, std::string(header.bytes, '\0')};
    VOLANT_TRY(const std::size_t got,
               file->read(kHeaderBytes, snapshot.state.data(), snapshot.state.size()));
    if (got != header.bytes || header_bytes(header, hash64(snapshot.state)) != head) {
        return fail(Code::kCorrupt, path + ": the snapshot's checksum is wrong");
    }
    return snapshot;
}

Status write_file(const std::string& folder, SnapshotHeader header,
                  const std::function<void(Pieces&)>& state) {
    FileDisk disk;
    VOLANT_OK(disk.make_folder(folder));
    VOLANT_TRY(const auto file, disk.create(folder + "/state"));
    Status written;
    Hasher64 hasher;
    header.bytes = 0;
    Pieces pieces([&](std::string_view piece) {
        if (!written.ok()) return;
        hasher.add(piece);
        written = file->write(kHeaderBytes + header.bytes, piece);
        header.bytes += piece.size();
    });
    state(pieces);
    pieces.flush();
    VOLANT_OK(std::move(written));
    VOLANT_OK(file->write(0, header_bytes(header, hasher.digest())));
    VOLANT_OK(file->sync());
    return disk.sync_folder(folder);
}

Status remove_folder(const std::string& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return disk_error(error.value(), "remove", path);
    return {};
}

// The one whose going leaves the smallest gap in time; never the first or the last two.
std::size_t most_crowded(const std::vector<SnapshotHeader>& all) {
    std::size_t best = 1;
    for (std::size_t i = 1; i + 2 < all.size(); ++i) {
        if (all[i + 1].time - all[i - 1].time < all[best + 1].time - all[best - 1].time) best = i;
    }
    return best;
}

}  // namespace

SnapshotStore::SnapshotStore(std::string folder) : folder_(std::move(folder)) {}

std::string SnapshotStore::path(Lsn lsn, std::string_view suffix) const {
    return folder_ + "/" + numbered(lsn, suffix);
}

Result<std::vector<SnapshotHeader>> SnapshotStore::list(std::vector<std::string>* notes) const {
    std::vector<SnapshotHeader> found;
    std::error_code error;
    fs::directory_iterator it(folder_, error);
    if (error == std::errc::no_such_file_or_directory) return found;
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
        const std::string name = it->path().filename().string();
        const auto lsn = number_in_name(name, "");
        if (!lsn) continue;
        auto header = read_header(path(*lsn, "/state"));
        if (!header.ok()) {
            if (notes) notes->push_back(header.error().message);
            header = read_header(path(*lsn, kCopy) + "/state");
        }
        if (!header.ok()) continue;
        header->lsn = *lsn;
        found.push_back(*header);
    }
    if (error) return disk_error(error.value(), "list", folder_);
    std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.lsn < b.lsn; });
    return found;
}

Status SnapshotStore::write(Lsn lsn, Micros time, const std::function<void(Pieces&)>& state) const {
    return write_file(path(lsn, kTemporary), {.lsn = lsn, .time = time}, state);
}

Status SnapshotStore::write(Lsn lsn, Micros time, std::string_view state) const {
    return write(lsn, time, [state](Pieces& out) { out.buffer().append(state); });
}

Status SnapshotStore::publish(Lsn lsn) const {
    FileDisk disk;
    VOLANT_OK(remove_folder(path(lsn, "")));
    VOLANT_OK(disk.rename(path(lsn, kTemporary), path(lsn, "")));
    return disk.sync_folder(folder_);
}

Status SnapshotStore::copy(Lsn lsn) const {
    std::error_code error;
    if (fs::exists(path(lsn, kCopy), error)) return {};
    VOLANT_TRY(const Snapshot snapshot, load(lsn));
    VOLANT_OK(write(lsn, snapshot.header.time, snapshot.state));
    FileDisk disk;
    VOLANT_OK(disk.rename(path(lsn, kTemporary), path(lsn, kCopy)));
    return disk.sync_folder(folder_);
}

Result<Snapshot> SnapshotStore::load(Lsn lsn) const {
    auto snapshot = load_file(path(lsn, "/state"), lsn);
    if (snapshot.ok()) return snapshot;
    auto second = load_file(path(lsn, kCopy) + "/state", lsn);
    if (second.ok()) return second;
    return snapshot;
}

Status SnapshotStore::remove(Lsn lsn) const {
    VOLANT_OK(remove_folder(path(lsn, "")));
    return remove_folder(path(lsn, kCopy));
}

Status SnapshotStore::remove_temporary() const {
    std::error_code error;
    std::vector<std::string> found;
    for (fs::directory_iterator it(folder_, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        if (it->path().extension() == kTemporary) found.push_back(it->path().string());
    }
    for (const std::string& left : found) VOLANT_OK(remove_folder(left));
    return {};
}

SnapshotPlan plan_snapshots(std::vector<SnapshotHeader> all, Micros now, Micros retention) {
    SnapshotPlan plan;
    std::size_t first = all.size() < 2 ? 0 : all.size() - 2;
    if (retention != kNever) {
        std::size_t horizon = 0;
        while (horizon + 1 < all.size() && all[horizon + 1].time < now - retention) ++horizon;
        if (!all.empty() && all[horizon].time < now - retention) plan.horizon = all[horizon].lsn;
        first = std::min(first, horizon);
    }
    for (std::size_t i = 0; i < first; ++i) plan.remove.push_back(all[i].lsn);
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
    while (all.size() > kSnapshotsMax) {
        const std::size_t crowded = most_crowded(all);
        plan.remove.push_back(all[crowded].lsn);
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(crowded));
    }
    return plan;
}

}  // namespace volant::log
