// Secrets of a workspace: data/keys/workspace, made at the first start, readable by its owner
// alone. They key the MAC of prediction ids, the fingerprints of client ids and the seeds of
// answers. With others the log cannot go on: no prediction id would be known, no repeated id seen,
// no answer proven. So only a workspace whose log is empty makes them.
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

// Reads the file in `folder`; kCorrupt when it is not there, or not whole. kUnavailable.
Result<Secrets> read_secrets(const std::string& folder);
// The same of a workspace whose log is empty: makes the file if it is not there.
Result<Secrets> make_secrets(const std::string& folder);

}  // namespace volant::api
