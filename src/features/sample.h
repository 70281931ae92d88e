// Sample: what one event offers to one feature, and Datum: a stored value read without copying it.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/time.h"
#include "core/value.h"
#include "log/record.h"

namespace volant::features {

// One encoded value (Writer::value), looked at in place. Views live as long as the record.
struct Datum {
    Type type = Type::kNull;   // kNull: missing
    std::int64_t integer = 0;  // bool, int, time
    double number = 0;         // bool, int, double, time (µs)
    std::string_view text;     // string
    std::string_view encoded;  // the whole value; empty for an id

    bool is_number() const {
        return type == Type::kBool || type == Type::kInt || type == Type::kDouble ||
               type == Type::kTime;
    }
};

// kNull when the bytes are not one value.
Datum read_datum(std::string_view encoded);
Datum datum_of_id(std::string_view id);

// Equal values have equal identities, 5 and 5.0 too, and an id and the same text. Never 0.
// Two different values share one with probability 2^-64: distinct counts take that.
std::uint64_t identity_of(const Datum& datum);

struct Sample {
    Micros time = 0;  // min(event_time, known_at)
    log::Lsn lsn = 0;
    int source = 0;                // ratio: 0 the numerator, 1 the denominator
    double number = 1;             // the property; 1 where the source names none
    std::uint64_t identity = 0;    // for what counts distinct values
    const Datum* datum = nullptr;  // for what keeps values
};

}  // namespace volant::features
