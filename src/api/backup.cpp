#include "api/backup.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/archive.h"
#include "core/files.h"

namespace volant::api {
namespace {

namespace fs = std::filesystem;

// The regular files below `folder`, with paths relative to the workspace, in order of their names.
std::vector<std::string> files_below(const Workspace& workspace, const std::string& folder) {
    std::vector<std::string> files;
    std::error_code gone;  // a snapshot or a package that vanishes meanwhile is not there
    auto it = fs::recursive_directory_iterator(workspace.data(folder), gone);
    for (; !gone && it != fs::recursive_directory_iterator(); it.increment(gone)) {
        if (it->is_regular_file(gone))
            files.push_back(fs::relative(it->path(), workspace.folder(), gone).string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

class BackupWriter {
  public:
    BackupWriter(const Workspace& workspace, ArchiveWriter& archive)
        : workspace_(workspace), archive_(archive) {}

    Status add(const std::string& name, std::uint64_t bytes = UINT64_MAX) {
        if (workspace_.backups_ended()) return fail(Code::kCancelled, "the backup was interrupted");
        return archive_.add_file(name, workspace_.folder() + "/" + name, bytes);
    }
    Status add_folder(const std::string& folder) {
        for (const std::string& name : files_below(workspace_, folder)) {
            const Status added = add(name);
            if (!added.ok() && added.error().code != Code::kNotFound) return added;
        }
        return {};
    }
    // The last segment is written to meanwhile: what is there up to now, in whole batches.
    Status add_log() {
        std::vector<std::string> segments;
        log::LogStat stat;
        do {  // again, if a new segment began between the two looks
            segments = files_below(workspace_, "log");
            std::erase_if(segments, [](const auto& name) { return !name.ends_with(".seg"); });
            stat = workspace_.log().stat();
        } while (segments.size() != stat.segments);
        for (std::size_t i = 0; i + 1 < segments.size(); ++i) VOLANT_OK(add(segments[i]));
        return add(segments.back(), stat.last_segment_bytes);
    }

  private:
    const Workspace& workspace_;
    ArchiveWriter& archive_;
};

Result<Backup> write(const Workspace& workspace, const std::string& path) {
    VOLANT_TRY(const auto pin, workspace.log().read(workspace.log().stat().first_lsn));
    VOLANT_TRY(ArchiveWriter archive, ArchiveWriter::create(path));
    BackupWriter writer(workspace, archive);
    VOLANT_OK(writer.add("volant.yaml"));
    VOLANT_OK(writer.add("data/FORMAT"));
    VOLANT_OK(writer.add_folder("keys"));
    // A snapshot says that the log went on to there, so it comes before the log's end is known; the
    // log names packages, so they come after it.
    VOLANT_OK(writer.add_folder("snapshots"));
    Backup backup;
    backup.lsn = workspace.log().durable_lsn();
    VOLANT_OK(writer.add_log());
    VOLANT_OK(writer.add_folder("models"));
    if (file_exists(workspace.data("jobs"))) VOLANT_OK(writer.add("data/jobs"));
    VOLANT_OK(archive.finish());
    backup.bytes = archive.bytes();
    return backup;
}

}  // namespace

Result<Backup> write_backup(const Workspace& workspace, const std::string& path) {
    Result<Backup> backup = write(workspace, path);
    if (!backup.ok()) ::unlink(path.c_str());
    return backup;
}

}  // namespace volant::api
