#include "api/secrets.h"

#include <cstring>

#include "core/files.h"

namespace volant::api {
namespace {

constexpr std::size_t kBytes = 16 + 16 + 8;
constexpr unsigned kOwnerOnly = 0600;

std::string secrets_file(const std::string& folder) {
    return folder + "/workspace";
}

}  // namespace

Result<Secrets> make_secrets(const std::string& folder) {
    const std::string path = secrets_file(folder);
    if (!file_exists(path)) {
        VOLANT_OK(make_folders(folder));
        VOLANT_OK(replace_file(path, secret::random_bytes(kBytes), kOwnerOnly));
    }
    return read_secrets(folder);
}

Result<Secrets> read_secrets(const std::string& folder) {
    const std::string path = secrets_file(folder);
    auto bytes = read_file(path, 1u << 10);
    if (!bytes.ok() && bytes.error().code == Code::kNotFound) {
        return fail(Code::kCorrupt,
                    "found no " + path + ", expected the secrets that the log was written with", {},
                    "volant -w NEW restore BACKUP, then copy NEW/data/keys/workspace to its place");
    }
    if (!bytes.ok()) return std::move(bytes).error();
    if (bytes->size() != kBytes) {
        return fail(Code::kCorrupt,
                    "found " + std::to_string(bytes->size()) + " bytes in " + path + ", expected " +
                        std::to_string(kBytes),
                    {},
                    "volant -w NEW restore BACKUP, then copy NEW/data/keys/workspace to its place");
    }
    Secrets secrets;
    std::memcpy(secrets.prediction_ids.data(), bytes->data(), 16);
    std::memcpy(secrets.fingerprints.data(), bytes->data() + 16, 16);
    std::memcpy(&secrets.seed, bytes->data() + 32, 8);
    return secrets;
}

}  // namespace volant::api
