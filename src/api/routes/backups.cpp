// POST /v1/backup.
#include <atomic>

#include "api/backup.h"
#include "api/error_answer.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "core/json_writer.h"

namespace volant::api {
namespace {

Response backup_answer(const Workspace& workspace, const std::string& name) {
    const auto backup = write_backup(workspace, workspace.folder() + "/" + name);
    if (!backup.ok()) return error_answer(backup.error());
    std::string body;
    json::Writer out(body);
    out.object();
    out.key("file").string(name);
    out.key("lsn").string(std::to_string(backup->lsn));
    out.key("bytes").unsigned_integer(backup->bytes);
    out.end();
    return json_answer(std::move(body));
}

// One at a time, on a thread of its own: it may take minutes, and nobody else should wait for that.
void post_backup(Services services, Call, Responder responder,
                 std::shared_ptr<Background> backups) {
    static std::atomic<std::uint64_t> made{0};
    const std::string name = "data/tmp/backup-" + std::to_string(++made) + ".tar.zst";
    backups->answer(std::move(responder), [&workspace = services.workspace, name](const IsWanted&) {
        return backup_answer(workspace, name);
    });
}

constexpr Code kBackupErrors[] = {Code::kStorageFull, Code::kUnavailable, Code::kOverloaded,
                                  Code::kCancelled};

}  // namespace

std::vector<Route> backup_routes(Services services) {
    return {{.method = Method::kPost,
             .pattern = "/v1/backup",
             .name = "backup",
             .scope = protect::Scope::kAdmin,
             .text = "Writes the workspace as it is now into one file below its folder. Whoever "
                     "asked takes it away.",
             .answer = &shapes::kBackup,
             .errors = kBackupErrors,
             .handle = with(services, post_backup, std::make_shared<Background>())}};
}

}  // namespace volant::api
