// What this room's tests share: a bookshop with a feature of every kind by every key, a seeded
// stream of events over it, and a brute-force twin of the store. Tests only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collect/entities.h"
#include "collect/testing.h"
#include "core/random.h"
#include "features/feature_store.h"
#include "features/operations.h"
#include "features/oracle.h"

namespace volant::features::testing {

inline constexpr int kUser = 0;  // attribute 0: city
inline constexpr int kBook = 1;  // attribute 0: category

inline spec::FeatureDecl feature(spec::Op op, std::vector<spec::KeyPart> by, Micros window) {
    spec::FeatureDecl f;
    f.op = op;
    f.by = std::move(by);
    f.window = window;
    f.half_life = kHour;
    f.prior_hits = 1;
    f.prior_tries = 10;
    f.sources = {{"read", "ms", -1}};
    if (op == spec::Op::kCount || op == spec::Op::kSince) f.sources = {{"read", "", -1}};
    if (op == spec::Op::kRatio) f.sources = {{"finish", "", -1}, {"open", "", -1}};
    if (op == spec::Op::kDistinct || op == spec::Op::kLast) f.sources = {{"read", "", kBook}};
    if (op == spec::Op::kLast && window == kNever) f.n = 5;
    return f;
}

// Every operation by every kind of key, three windows, through friends where a user comes first.
inline spec::Spec bookshop() {
    using spec::Op;
    spec::Spec spec;
    spec.name = "bookshop";
    spec.subject = kUser;
    spec.entities = {{"user", {{"city", spec::FieldType::kCategory}}},
                     {"book", {{"category", spec::FieldType::kCategory}}}};
    spec.events = {{"open", {kUser, kBook}, {}},
                   {"read", {kUser, kBook}, {{"ms", spec::FieldType::kInt}}},
                   {"finish", {kUser, kBook}, {}}};
    const std::vector<std::vector<spec::KeyPart>> keys = {{{kUser, -1}},
                                                          {{kBook, -1}},
                                                          {{kUser, -1}, {kBook, -1}},
                                                          {{kUser, -1}, {kBook, 0}},
                                                          {{kBook, 0}},
                                                          {{kUser, 0}, {kBook, 0}}};
    for (const auto& by : keys) {
        for (int op = 0; op <= static_cast<int>(Op::kDecay); ++op) {
            for (const Micros window : {kHour, 7 * kDay, kNever}) {
                spec::FeatureDecl f = feature(static_cast<Op>(op), by, window);
                spec.features.push_back(f);
                if (by[0] != spec::KeyPart{kUser, -1}) continue;
                f.through = "friend";
                spec.features.push_back(f);
            }
        }
        // The longer reads only; and an event that the specification does not declare.
        spec::FeatureDecl f = feature(Op::kCount, by, kDay);
        f.where = {{"ms", spec::Condition::Test::kGe, {Value{50}}}};
        spec.features.push_back(f);
        f.where.clear();
        f.sources = {{"glance", "", -1}};
        spec.features.push_back(f);
    }
    for (const int entity : {kUser, kBook}) {
        spec::FeatureDecl f;
        f.op = Op::kAttribute;
        f.by = {{entity, -1}};
        f.attribute = {entity, 0};
        spec.features.push_back(f);
    }
    for (std::size_t i = 0; i < spec.features.size(); ++i) {
        spec.features[i].name = "f." + std::to_string(i);
    }
    return spec;
}

inline std::vector<int> all_features(const spec::Spec& spec) {
    std::vector<int> all(spec.features.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    return all;
}

// Random events of few users and books, so that everything happens to everyone: late ones, equal
// times, clocks that run ahead, $set, $link, $identify, $delete.
class Stream {
  public:
    explicit Stream(std::uint64_t seed, std::uint64_t ids = 12) : random_(seed), ids_(ids) {}

    collect::EventDraft next() {
        if (!random_.chance(0.2)) known_at_ += static_cast<Micros>(random_.exponential(4e8));
        if (random_.chance(0.005)) known_at_ += static_cast<Micros>(random_.below(8)) * kDay;
        collect::EventDraft draft;
        draft.time = known_at_;
        if (random_.chance(0.15)) *draft.time -= static_cast<Micros>(random_.below(9 * kDay));
        if (random_.chance(0.1)) *draft.time += static_cast<Micros>(random_.below(kFutureMax));
        const double what = random_.uniform();
        if (what < 0.04) {
            const bool user = random_.chance(0.5);
            draft.type = "$set";
            draft.entities = {{user ? kUser : kBook, user ? this->user() : book()}};
            const Value value = "v" + std::to_string(random_.below(4));
            draft.properties = {{user ? "city" : "category", value}};
        } else if (what < 0.08) {
            draft.type = random_.chance(0.8) ? "$link" : "$unlink";
            draft.entities = {{kUser, user()}};
            draft.to = user();
            draft.properties = {{"relation", "friend"}};
        } else if (what < 0.09) {
            draft.type = "$identify";
            draft.entities = {{kUser, user()}};
            draft.properties = {{"anonymous", user()}};
        } else if (what < 0.1) {
            const bool is_user = random_.chance(0.5);
            draft.type = "$delete";
            draft.entities = {{is_user ? kUser : kBook, is_user ? user() : book()}};
        } else {
            static constexpr const char* kTypes[] = {"open", "read", "read", "finish", "glance"};
            draft.type = kTypes[random_.below(5)];
            if (!random_.chance(0.03)) draft.entities.push_back({kUser, user()});
            if (!random_.chance(0.03)) draft.entities.push_back({kBook, book()});
            if (random_.chance(0.9)) {
                draft.properties = {{"ms", static_cast<std::int64_t>(random_.below(100))}};
            }
        }
        return draft;
    }
    Micros known_at() const { return known_at_; }
    std::string user() { return "u" + std::to_string(random_.below(ids_)); }
    std::string book() { return "book-" + std::to_string(random_.below(ids_)); }
    Random& random() { return random_; }

  private:
    Random random_;
    std::uint64_t ids_;
    Micros known_at_ = 1'700'000'000 * kSecond;
};

// Entities and a store, fed together.
struct Shop {
    explicit Shop(const spec::Spec& of) : spec(of), entities(of), store(of, entities) {}

    // `event` is decoded from the draft anew: its views must not outlive this call.
    template <class After>
    void observe(const collect::EventDraft& draft, log::Lsn lsn, Micros known_at, After&& after) {
        collect::testing::Recorded recorded(spec, draft, lsn, known_at);
        entities.observe(recorded.view, effects);
        store.observe(recorded.view, effects);
        after(recorded.view);
    }
    void observe(const collect::EventDraft& draft, log::Lsn lsn, Micros known_at) {
        observe(draft, lsn, known_at, [](const collect::EventView&) {});
    }
    Keys keys(std::string_view user, std::string_view book) const {
        return {entities.find(kUser, user), entities.find(kBook, book)};
    }

    const spec::Spec& spec;
    collect::Entities entities;
    FeatureStore store;
    collect::Effects effects;
};

// All events, each with the keys that it still counts for; every read looks at all of them.
class Twin {
  public:
    explicit Twin(const Shop& shop) : shop_(shop) {}

    void observe(const collect::EventView& event) {
        for (const auto& gone : shop_.effects.gone) {
            for (Event& e : events_) {
                if (e.index[gone.entity] == gone.index) e.index[gone.entity].reset();
            }
        }
        for (const auto& merge : shop_.effects.merges) {
            for (Event& e : events_) {
                if (e.index[merge.entity] == merge.from) e.index[merge.entity] = merge.into;
            }
        }
        Event e;
        e.type = event.type;
        e.seen.time = std::min(event.event_time, event.known_at);
        e.seen.lsn = event.lsn;
        for (const int entity : {kUser, kBook}) {
            const collect::EntityUse* use = event.entity(entity);
            if (use == nullptr) continue;
            e.index[entity] = use->index;
            e.id[entity] = shop_.entities.id(entity, use->index);
            if (const Value* value = shop_.entities.attribute(entity, use->index, 0)) {
                e.attribute[entity] = *value;
            }
        }
        if (const auto* ms = event.property("ms")) e.ms = ms->value();
        events_.push_back(std::move(e));
    }

    Value read(const spec::FeatureDecl& f, const Keys& keys, Micros at) const {
        if (f.op == spec::Op::kAttribute) {
            const collect::EntityIndex index = keys[static_cast<std::size_t>(f.attribute.entity)];
            const Value* value = index == collect::kNoEntity
                                     ? nullptr
                                     : shop_.entities.attribute(f.attribute.entity, index, 0);
            return value == nullptr ? Value{} : *value;
        }
        if (f.through.empty()) return oracle(f, events_of(f, keys), at);
        std::vector<Seen> all;
        if (keys[kUser] == collect::kNoEntity) return oracle(f, all, at);
        for (const collect::EntityIndex friend_ :
             shop_.entities.links(kUser, keys[kUser], f.through)) {
            const std::vector<Seen> one = events_of(f, {friend_, keys[kBook]});
            all.insert(all.end(), one.begin(), one.end());
        }
        return oracle(f, all, at);
    }

  private:
    struct Event {
        std::string type;
        Seen seen;
        std::optional<collect::EntityIndex> index[2];
        std::string id[2];
        Value attribute[2];  // as it stood when the event came
        Value ms;
    };

    bool has_key(const Event& e, spec::KeyPart part, const Keys& keys) const {
        const collect::EntityIndex index = keys[static_cast<std::size_t>(part.entity)];
        if (index == collect::kNoEntity) return false;
        if (part.attribute < 0) return e.index[part.entity] == index;
        const Value* value = shop_.entities.attribute(part.entity, index, 0);
        return value != nullptr && e.attribute[part.entity] == *value;
    }
    std::vector<Seen> events_of(const spec::FeatureDecl& f, const Keys& keys) const {
        std::vector<Seen> seen;
        for (const Event& e : events_) {
            if (!std::all_of(f.by.begin(), f.by.end(),
                             [&](spec::KeyPart part) { return has_key(e, part, keys); })) {
                continue;
            }
            if (!f.where.empty() && (e.ms.is_null() || e.ms.number() < 50)) continue;
            for (std::size_t i = 0; i < f.sources.size(); ++i) {
                const spec::Source& source = f.sources[i];
                if (source.event != e.type) continue;
                Seen s = e.seen;
                s.source = static_cast<int>(i);
                if (!source.property.empty()) s.value = e.ms;
                if (source.entity >= 0 && !e.id[source.entity].empty())
                    s.value = e.id[source.entity];
                if (s.value.is_null() && (!source.property.empty() || source.entity >= 0)) continue;
                seen.push_back(s);
            }
        }
        return seen;
    }

    const Shop& shop_;
    std::vector<Event> events_;
};

}  // namespace volant::features::testing
