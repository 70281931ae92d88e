#include "features/sample.h"

#include <cmath>
#include <cstring>

#include "core/bytes.h"
#include "core/hash.h"

namespace volant::features {
namespace {

constexpr std::uint64_t kTextSeed = 0x6964656e74697479;
constexpr std::uint64_t kNumberSeed = 0x6e756d626572;

std::uint64_t hash_number(const Datum& datum) {
    char bytes[9];
    const double as_double = static_cast<double>(datum.integer);
    // An integer that a double holds exactly is that double, so that a property whose type widens
    // from int to double counts 5 and 5.0 once. 2^63 itself does not fit an int64.
    const bool exact =
        datum.type == Type::kDouble ||
        (as_double < 0x1p63 && static_cast<std::int64_t>(as_double) == datum.integer);
    bytes[0] = datum.type == Type::kBool   ? 'b'
               : datum.type == Type::kTime ? 't'
               : exact                     ? 'd'
                                           : 'i';
    if (datum.type == Type::kInt && exact) {
        std::memcpy(bytes + 1, &as_double, 8);
    } else if (datum.type == Type::kDouble) {
        const double number = datum.number == 0 ? 0.0 : datum.number;  // -0 is 0
        std::memcpy(bytes + 1, &number, 8);
    } else {
        std::memcpy(bytes + 1, &datum.integer, 8);
    }
    return hash64({bytes, sizeof bytes}, kNumberSeed);
}

}  // namespace

Datum read_datum(std::string_view encoded) {
    Cursor cursor(encoded);
    Datum out;
    out.encoded = encoded;
    if (encoded.empty()) return {};
    out.type = static_cast<Type>(cursor.u8());
    switch (out.type) {
        case Type::kBool:
            out.integer = cursor.u8();
            out.number = static_cast<double>(out.integer);
            break;
        case Type::kInt:
        case Type::kTime:
            out.integer = cursor.zigzag();
            out.number = static_cast<double>(out.integer);
            break;
        case Type::kDouble:
            out.number = cursor.f64();
            break;
        case Type::kString:
            out.text = cursor.string();
            break;
        case Type::kPoint:
        case Type::kList:
            return out;  // compared and kept as bytes
        default:
            return {};
    }
    return cursor.ok() ? out : Datum{};
}

Datum datum_of_id(std::string_view id) {
    Datum out;
    out.type = Type::kString;
    out.text = id;
    return out;
}

std::uint64_t identity_of(const Datum& datum) {
    const std::uint64_t hash = datum.is_number()             ? hash_number(datum)
                               : datum.type == Type::kString ? hash64(datum.text, kTextSeed)
                                                             : hash64(datum.encoded, kTextSeed + 1);
    return hash == 0 ? 1 : hash;
}

}  // namespace volant::features
