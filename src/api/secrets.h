// Secrets of a workspace: data/keys/workspace, made at the first start, readable by its owner
// alone. They key the MAC of prediction ids, the fingerprints of client ids and the seeds of
// answers. Losing the file makes old prediction ids unreadable and de-duplication forget, nothing
// else.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "core/secret.h"

namespace volant::api {

struct Secrets {
    secret::MacKey prediction_ids{};
    secret::MacKey fingerprints{};
    std::uint64_t seed = 0;
};

// Reads the file in `folder`, or makes it. Errors: kCorrupt, kUnavailable.
Result<Secrets> open_secrets(const std::string& folder);

}  // namespace volant::api
