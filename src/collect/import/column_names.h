// Names of columns that are found as rows come, with their indices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collect/row_source.h"
#include "core/hash.h"

namespace volant::collect {

class ColumnNames {
  public:
    // The index of `name`, made if need be; none when there are kColumnsMax others.
    std::optional<std::uint32_t> intern(std::string_view name) {
        if (const auto found = indices_.find(name); found != indices_.end()) return found->second;
        if (names_.size() == kColumnsMax) return std::nullopt;
        const auto index = static_cast<std::uint32_t>(names_.size());
        names_.emplace_back(name);
        indices_.emplace(std::string(name), index);
        return index;
    }
    const std::vector<std::string>& names() const { return names_; }

  private:
    std::vector<std::string> names_;  // in order of appearance
    std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> indices_;
};

}  // namespace volant::collect
