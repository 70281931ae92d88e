#include "log/workspace_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/files.h"

namespace volant::log {
namespace {

Status check_format(const std::string& folder) {
    const std::string path = folder + "/FORMAT";
    const std::string known = std::to_string(kDataFormat) + "\n";
    const auto found = read_file(path, 100);
    if (!found.ok()) {
        if (found.error().code != Code::kNotFound) return found.error();
        return replace_file(path, known);
    }
    if (*found == known) return {};
    return fail(Code::kCorrupt, "found format \"" + found->substr(0, found->find('\n')) + "\" in " +
                                    path + ", expected " + std::to_string(kDataFormat) +
                                    "; another release of volant made this folder");
}

}  // namespace

Result<std::unique_ptr<WorkspaceLock>> WorkspaceLock::acquire(const std::string& folder) {
    const std::string path = folder + "/LOCK";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return fail(Code::kUnavailable, "cannot open " + path + ": " + std::strerror(errno));
    auto lock = std::unique_ptr<WorkspaceLock>(new WorkspaceLock(descriptor));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const auto holder = read_file(path, 100);
        const std::string who = holder.ok() && !holder->empty()
                                    ? " by process " + holder->substr(0, holder->find('\n'))
                                    : "";
        return fail(Code::kUnavailable, "the workspace is in use" + who + " (" + path + ")", {},
                    "stop that process, or wait for its end");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
        return fail(Code::kUnavailable, "cannot write " + path + ": " + std::strerror(errno));
    }
    VOLANT_OK(check_format(folder));
    return lock;
}

int WorkspaceLock::holder(const std::string& folder) {
    const std::string path = folder + "/LOCK";
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    ::close(descriptor);
    const auto text = read_file(path, 100);
    return held && text.ok() ? std::atoi(text->c_str()) : 0;
}

WorkspaceLock::~WorkspaceLock() {
    ::close(descriptor_);
}

}  // namespace volant::log
