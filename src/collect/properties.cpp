#include "collect/properties.h"

#include <algorithm>

#include "core/result.h"
#include "core/text.h"

namespace volant::collect {
namespace {

Property property_at(Cursor& in) {
    const std::string_view name = in.string();
    const std::string_view before = in.rest();
    in.skip_value();
    return {name, before.substr(0, before.size() - in.left())};
}

}  // namespace

void Properties::clear() {
    read_.clear();
    left_ = {};
}

void Properties::read(Cursor& in) {
    const std::uint64_t count = in.varint();
    if (count > in.left()) return in.bad();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const Property property = property_at(in);
        if (in.ok()) read_.push_back(property);
    }
}

void Properties::read_later(std::size_t count, std::string_view bytes) {
    VOLANT_CHECK(count <= bytes.size() && left_[1] == 0);
    if (count == 0) return;
    const std::size_t part = left_[0] == 0 ? 0 : 1;
    rest_[part] = Cursor(bytes);
    left_[part] = count;
}

void Properties::read_one() const {
    if (read_.capacity() < size()) read_.reserve(size());  // at once, so that none of them moves
    const std::size_t part = left_[0] > 0 ? 0 : 1;
    --left_[part];
    read_.push_back(property_at(rest_[part]));
}

const Property* Properties::find(std::string_view name) const {
    for (const Property& property : read_)
        if (same_text(property.name, name)) return &property;
    while (left_[0] + left_[1] > 0) {
        read_one();
        if (same_text(read_.back().name, name)) return &read_.back();
    }
    return nullptr;
}

}  // namespace volant::collect
