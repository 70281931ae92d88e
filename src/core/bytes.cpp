#include "core/bytes.h"

#include <algorithm>

#include "core/result.h"

namespace volant {
namespace {

constexpr int kValueDepthMax = 40;  // above the depth that any input may have

}  // namespace

void Bytes::insert(std::size_t place, std::string_view text) {
    const std::size_t behind = size_ - place;
    (void)extend(text.size());
    char* const at = room_.get() + place;
    std::memmove(at + text.size(), at, behind);
    std::memcpy(at, text.data(), text.size());
}

void Bytes::grow(std::size_t size) {
    const std::size_t capacity = std::max(size, 2 * capacity_);
    auto room = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ != 0) std::memcpy(room.get(), room_.get(), size_);
    room_ = std::move(room);
    capacity_ = capacity;
}

template <class Out>
void BasicWriter<Out>::value(const Value& v) {
    u8(static_cast<std::uint8_t>(v.type()));
    switch (v.type()) {
        case Type::kNull:
            return;
        case Type::kBool:
            return u8(std::get<bool>(v.data) ? 1 : 0);
        case Type::kInt:
            return zigzag(std::get<std::int64_t>(v.data));
        case Type::kDouble:
            return f64(std::get<double>(v.data));
        case Type::kString:
            return string(*v.string());
        case Type::kTime:
            return zigzag(std::get<Time>(v.data).micros);
        case Type::kPoint: {
            const Point p = std::get<Point>(v.data);
            f64(p.lat);
            return f64(p.lon);
        }
        case Type::kList:
            varint(v.list()->size());
            for (const Value& item : *v.list()) value(item);
            return;
    }
}

template class BasicWriter<std::string>;
template class BasicWriter<Bytes>;

Value Cursor::value(int depth) {
    if (depth > kValueDepthMax) return bad(), Value{};
    switch (static_cast<Type>(u8())) {
        case Type::kNull:
            return {};
        case Type::kBool:
            return u8() != 0;
        case Type::kInt:
            return zigzag();
        case Type::kDouble:
            return f64();
        case Type::kString:
            return string();
        case Type::kTime:
            return Time{zigzag()};
        case Type::kPoint: {
            const double lat = f64();
            return Point{lat, f64()};
        }
        case Type::kList: {
            const std::uint64_t count = varint();
            if (count > left()) return bad(), Value{};  // each item takes a byte at least
            List list;
            list.reserve(count);
            for (std::uint64_t i = 0; i < count && ok(); ++i) list.push_back(value(depth + 1));
            return list;
        }
    }
    return bad(), Value{};
}

void Cursor::skip_other(int depth) {
    if (depth > kValueDepthMax) return bad();
    switch (static_cast<Type>(u8())) {
        case Type::kNull:
            return;
        case Type::kBool:
            u8();
            return;
        case Type::kInt:
        case Type::kTime:
        case Type::kDouble:
        case Type::kString:
            break;  // by skip_value()
        case Type::kPoint:
            raw(16);
            return;
        case Type::kList: {
            const std::uint64_t count = varint();
            if (count > left()) return bad();
            for (std::uint64_t i = 0; i < count && ok(); ++i) skip_value(depth + 1);
            return;
        }
    }
    bad();
}

}  // namespace volant
