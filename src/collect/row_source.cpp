#include "collect/row_source.h"

#include <algorithm>

namespace volant::collect {

bool is_missing(const Cell& cell, const std::vector<std::string>& texts) {
    if (cell.typed) return cell.value.is_null();
    return cell.text.empty() || std::find(texts.begin(), texts.end(), cell.text) != texts.end();
}

}  // namespace volant::collect
