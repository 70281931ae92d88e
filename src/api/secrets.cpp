#include "api/secrets.h"

#include <cstring>

#include "core/files.h"

namespace volant::api {
namespace {

constexpr std::size_t kBytes = 16 + 16 + 8;
constexpr unsigned kOwnerOnly = 0600;

}  // namespace

Result<Secrets> open_secrets(const std::string& folder) {
    const std::string path = folder + "/workspace";
    auto bytes = read_file(path, 1u << 10);
    if (!bytes.ok()) {
        if (bytes.error().code != Code::kNotFound) return std::move(bytes).error();
        VOLANT_OK(make_folders(folder));
        bytes = secret::random_bytes(kBytes);
        VOLANT_OK(replace_file(path, *bytes, kOwnerOnly));
    }
    if (bytes->size() != kBytes) {
        return fail(Code::kCorrupt, "found " + std::to_string(bytes->size()) + " bytes in " + path +
                                        ", expected " + std::to_string(kBytes));
    }
    Secrets secrets;
    std::memcpy(secrets.prediction_ids.data(), bytes->data(), 16);
    std::memcpy(secrets.fingerprints.data(), bytes->data() + 16, 16);
    std::memcpy(&secrets.seed, bytes->data() + 32, 8);
    return secrets;
}

}  // namespace volant::api
