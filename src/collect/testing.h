// What this room's tests share: a small specification, and an event in one line. Tests only.
#pragma once

#include <string>
#include <string_view>

#include "collect/event_draft.h"
#include "core/random.h"
#include "spec/spec.h"

namespace volant::collect::testing {

// Entities user (subject; attributes age int, city string, home point), book (category string,
// title text, pages int, price double); events open {user, book}, read {user, book, ms int, score
// double, at time}. Features key by book.category and user.city.
inline const spec::Spec& bookshop() {
    static const spec::Spec spec = [] {
        using spec::FieldType;
        spec::Spec s;
        s.name = "bookshop";
        s.subject = 0;
        s.entities = {
            {"user",
             {{"age", FieldType::kInt}, {"city", FieldType::kString}, {"home", FieldType::kPoint}}},
            {"book",
             {{"category", FieldType::kCategory},
              {"title", FieldType::kText},
              {"pages", FieldType::kInt},
              {"price", FieldType::kDouble}}}};
        s.events = {
            {"open", {0, 1}, {}},
            {"read",
             {0, 1},
             {{"ms", FieldType::kInt}, {"score", FieldType::kDouble}, {"at", FieldType::kTime}}}};
        spec::FeatureDecl by_category;
        by_category.name = "pair.reads";
        by_category.by = {{0, -1}, {1, 0}};
        spec::FeatureDecl by_city;
        by_city.name = "city.reads";
        by_city.by = {{0, 1}};
        s.features = {by_category, by_city};
        return s;
    }();
    return spec;
}

inline std::string hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4];
        text += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

// 1 to `size_max` letters.
inline std::string random_text(Random& random, std::size_t size_max) {
    std::string text;
    for (std::uint64_t i = 1 + random.below(size_max); i > 0; --i)
        text += static_cast<char>('a' + random.below(26));
    return text;
}

// An event as it comes back out of the log. Stays where it is: the view points into it.
struct Recorded {
    Recorded(const spec::Spec& spec, const EventDraft& draft, log::Lsn lsn = 1, Micros time = 0) {
        encode_event(spec, draft, {lsn, 1}, clear, sealed);
        record.lsn = lsn;
        record.type = log::RecordType::kEvent;
        record.event_time = draft.time.value_or(time);
        record.known_at = time;
        record.clear = clear;
        record.sealed = sealed;
        VOLANT_CHECK(decode_event(spec, record, view).ok());
    }
    Recorded(const Recorded&) = delete;
    Recorded& operator=(const Recorded&) = delete;

    std::string clear, sealed;
    log::Record record;
    EventView view;
};

}  // namespace volant::collect::testing
