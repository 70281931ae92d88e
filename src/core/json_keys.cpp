#include "core/json_keys.h"

namespace volant::json {

bool Keys::insert_many(std::string_view key) {
    if (!many_) many_ = std::make_unique<std::set<std::string_view>>();
    return many_->insert(key).second;
}

}  // namespace volant::json
