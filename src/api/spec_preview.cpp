#include "api/spec_preview.h"

#include "api/package_store.h"
#include "log/file_disk.h"
#include "log/inspect.h"
#include "log/recover.h"
#include "optimize/wheel.h"

namespace volant::api {

Result<std::vector<std::string>> preview_change(const std::string& folder, const spec::Spec& spec) {
    std::vector<std::string> notes;
    const log::FileDisk disk;
    const auto oldest = log::oldest_lsn(disk, folder + "/data/log");
    if (!oldest.ok() || *oldest == 1) return notes;  // it would be folded anew, if need be
    PackageStore packages(spec, folder + "/data/models");
    optimize::Wheel wheel(spec, packages);
    const log::SnapshotStore snapshots(folder + "/data/snapshots");
    VOLANT_TRY(const log::Recovered from,
               log::restore_from_snapshots(*oldest, wheel, snapshots, [&](const std::string& note) {
                   notes.push_back(note);
               }));
    if (from.snapshot == 0)
        return fail(Code::kCorrupt, "the log begins at lsn " + std::to_string(*oldest) +
                                        " and there is no good snapshot of what came before");
    return notes;
}

}  // namespace volant::api
