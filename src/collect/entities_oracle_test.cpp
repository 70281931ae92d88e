// Entities against a naive oracle of maps and lists, under random events, merges and evictions; and
// what follows its effects against the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <ostream>
#include <set>

#include "collect/entities.h"
#include "collect/testing.h"

namespace volant::collect {
namespace {

// One person or book, under all its ids.
struct Being {
    std::string id;
    std::vector<std::string> aliases;  // in the order in which they joined
    bool live = false;
    Micros marked = INT64_MIN;
    struct Word {
        Value value;
        std::pair<Micros, log::Lsn> stamp{INT64_MIN, 0};
    };
    std::map<std::string, Word> words;
    std::vector<std::pair<log::Lsn, Being*>> friends;  // by lsn
};

class Oracle {
  public:
    Oracle(const spec::EntityDecl& declared, std::size_t ids_max)
        : declared_(declared), ids_max_(ids_max) {}

    Being* find(const std::string& id) {
        const auto found = ids_.find(id);
        return found == ids_.end() ? nullptr : found->second;
    }

    Being* see(const std::string& id, Being* keep = nullptr) {
        if (Being* known = find(id)) {
            order_.remove(known);
            order_.push_back(known);
            return known;
        }
        make_room(keep);
        beings_.push_back(std::make_unique<Being>());
        Being* made = beings_.back().get();
        made->id = id;
        ids_[id] = made;
        order_.push_back(made);
        return made;
    }

    void mark(Being* being, Micros time, bool live) {
        if (time < being->marked) return;
        being->marked = time;
        being->live = live;
    }

    void write(Being* being, const std::string& name, const Value& value,
               std::pair<Micros, log::Lsn> stamp) {
        if (declared_.attribute_index(name) < 0 || stamp < being->words[name].stamp) return;
        being->words[name] = {value, stamp};
    }

    void remove(Being* being, Micros time, log::Lsn lsn) {
        if (time >= being->marked) {
            mark(being, time, false);
            unlink_all(being);
            being->words.clear();
        }
        for (const spec::FieldDecl& attribute : declared_.attributes)
            write(being, attribute.name, {}, {time, lsn});
    }

    void link(Being* from, Being* to, log::Lsn lsn) {
        if (from == to) return;
        for (auto& [at, other] : from->friends)
            if (other == to) {
                if (at <= lsn) return;
                at = lsn;
                std::sort(from->friends.begin(), from->friends.end());
                return;
            }
        from->friends.emplace_back(lsn, to);
        std::sort(from->friends.begin(), from->friends.end());
    }

    void unlink(Being* from, Being* to) {
        std::erase_if(from->friends, [&](const auto& link) { return link.second == to; });
    }

    void identify(Being* into, const std::string& anonymous) {
        Being* from = find(anonymous);
        if (from == into) return;
        if (!from) {
            make_room(into);
            ids_[anonymous] = into;
            into->aliases.push_back(anonymous);
            return;
        }
        if (from->live || from->marked > into->marked) mark(into, from->marked, from->live);
        for (const auto& [name, word] : from->words)
            if (word.stamp > into->words[name].stamp) into->words[name] = word;
        const auto out = from->friends;
        std::vector<std::pair<Being*, log::Lsn>> in;
        for (const auto& being : beings_)
            for (const auto& [lsn, to] : being->friends)
                if (to == from) in.emplace_back(being.get(), lsn);
        unlink_all(from);
        for (const auto& [lsn, to] : out) link(into, to, lsn);
        for (const auto& [source, lsn] : in) link(source, into, lsn);
        from->aliases.push_back(from->id);
        for (const std::string& id : from->aliases) {
            ids_[id] = into;
            into->aliases.push_back(id);
        }
        forget(from);
    }

    const std::map<std::string, Being*>& ids() const { return ids_; }

  private:
    void make_room(Being* keep) {
        if (ids_.size() < ids_max_) return;
        const auto victim =
            std::find_if(order_.begin(), order_.end(), [&](Being* b) { return b != keep; });
        if (victim == order_.end()) {
            ids_.erase(keep->aliases.front());
            keep->aliases.erase(keep->aliases.begin());
            return;
        }
        Being* gone = *victim;
        unlink_all(gone);
        ids_.erase(gone->id);
        for (const std::string& alias : gone->aliases) ids_.erase(alias);
        forget(gone);
    }
    void unlink_all(Being* gone) {
        gone->friends.clear();
        for (const auto& being : beings_) unlink(being.get(), gone);
    }
    void forget(Being* being) {
        order_.remove(being);
        std::erase_if(beings_, [&](const auto& kept) { return kept.get() == being; });
    }

    const spec::EntityDecl& declared_;
    std::size_t ids_max_;
    std::vector<std::unique_ptr<Being>> beings_;
    std::list<Being*> order_;  // the longest unseen first
    std::map<std::string, Being*> ids_;
};

EventDraft random_event(Random& random, int ids) {
    const auto user = [&] {
        return "u" + std::to_string(random.below(static_cast<std::uint64_t>(ids)));
    };
    EventDraft draft;
    draft.entities = {{0, user()}};
    switch (random.below(10)) {
        case 0:
            draft.type = "$delete";
            break;
        case 1:
            draft.type = "$unset";
            draft.properties = {{random.chance(0.5) ? "age" : "city", {}}};
            break;
        case 2:
        case 3:
            draft.type = "$set";
            draft.properties = {{"age", Value(static_cast<int>(random.below(100)))},
                                {"unknown", 1}};
            if (random.chance(0.5))
                draft.properties.emplace_back("city", testing::random_text(random, 1));
            break;
        case 4:
        case 5:
            draft.type = "$link";
            draft.to = user();
            draft.properties = {{"relation", "friend"}};
            break;
        case 6:
            draft.type = "$unlink";
            draft.to = user();
            draft.properties = {{"relation", "friend"}};
            break;
        case 7:
            draft.type = "$identify";
            draft.properties = {{"anonymous", user()}};
            break;
        default:
            draft.type = "open";
            draft.entities.push_back({1, "b1"});
    }
    return draft;
}

void tell(Oracle& oracle, const EventDraft& draft, Micros time, log::Lsn lsn) {
    Being* user = oracle.see(draft.entities[0].id);
    if (draft.type != "$delete") oracle.mark(user, time, true);
    if (draft.type == "$set" || draft.type == "$unset")
        for (const auto& [name, value] : draft.properties)
            oracle.write(user, name, value, {time, lsn});
    if (draft.type == "$delete") oracle.remove(user, time, lsn);
    if (draft.type == "$link") {
        Being* to = oracle.see(draft.to, user);
        oracle.mark(to, time, true);
        oracle.link(user, to, lsn);
    }
    if (draft.type == "$unlink")
        if (Being* to = oracle.find(draft.to)) oracle.unlink(user, to);
    if (draft.type == "$identify") oracle.identify(user, *draft.properties[0].second.string());
}

void compare(const Entities& entities, Oracle& oracle, int ids, const spec::EntityDecl& declared) {
    std::map<EntityIndex, Being*> by_index;
    std::set<std::string> live;
    for (int i = 0; i < ids; ++i) {
        const std::string id = "u" + std::to_string(i);
        Being* being = oracle.find(id);
        const EntityIndex index = entities.find(0, id);
        ASSERT_EQ(index != kNoEntity, being != nullptr) << id;
        if (!being) continue;
        ASSERT_LT(index, entities.bound(0));
        const auto [known, fresh] = by_index.emplace(index, being);
        ASSERT_EQ(known->second, being) << id << " shares an index with another";
        if (!fresh) continue;
        ASSERT_EQ(entities.id(0, index), being->id);
        if (being->live) live.insert(being->id);
        for (std::size_t a = 0; a < declared.attributes.size(); ++a) {
            const Value* value = entities.attribute(0, index, static_cast<int>(a));
            ASSERT_EQ(value ? *value : Value(), being->words[declared.attributes[a].name].value)
                << id;
        }
        std::vector<std::string> friends, expected;
        for (const EntityIndex other : entities.links(0, index, "friend"))
            friends.emplace_back(entities.id(0, other));
        for (const auto& [lsn, other] : being->friends) expected.push_back(other->id);
        ASSERT_EQ(friends, expected) << id;
    }
    std::set<std::string> found;
    for (const EntityIndex index : entities.live(0, 1'000)) found.emplace(entities.id(0, index));
    ASSERT_EQ(found, live);
    ASSERT_EQ(entities.count(0), live.size());
}

// A later fold that keeps, by index, the ids that its state came from.
struct Follower {
    std::map<EntityIndex, std::string> owner;

    void follow(const Effects& effects) {
        for (const Effects::Gone& gone : effects.gone)
            if (gone.entity == 0) owner.erase(gone.index);
        for (const Effects::Merge& merge : effects.merges) owner.erase(merge.from);
    }
    // State under an index may only be met again by the being that left it there.
    void read(EntityIndex index, const std::string& id) {
        const auto [state, fresh] = owner.emplace(index, id);
        ASSERT_EQ(state->second, id);
    }
};

struct Setting {
    int ids;
    std::uint64_t ids_max;
};
void PrintTo(const Setting& setting, std::ostream* out) {
    *out << setting.ids << " ids, at most " << setting.ids_max;
}
class EntitiesOracle : public ::testing::TestWithParam<Setting> {};

TEST_P(EntitiesOracle, AgreesUnderRandomEventsAndRestores) {
    const auto [ids, ids_max] = GetParam();
    spec::Spec spec = testing::bookshop();
    spec.server.entities_max = ids_max;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Random random(seed);
        Entities entities(spec);
        Entities unbroken(spec);  // is never restored
        Oracle oracle(spec.entities[0], ids_max);
        Follower follower;
        Effects effects, other_effects;
        for (log::Lsn lsn = 1; lsn <= 1'500; ++lsn) {
            const EventDraft draft = random_event(random, ids);
            // Mostly in order, sometimes late, sometimes at the same time.
            const auto time = static_cast<Micros>(random.chance(0.7) ? lsn : random.below(lsn + 1));
            testing::Recorded recorded(spec, draft, lsn, time);
            entities.observe(recorded.view, effects);
            follower.follow(effects);
            unbroken.observe(recorded.view, other_effects);
            tell(oracle, draft, time, lsn);
            // The id may be an alias that has been forgotten within this very event.
            if (const Being* being = oracle.find(draft.entities[0].id))
                follower.read(recorded.view.entity(0)->index, being->id);
            if (HasFatalFailure()) return;
            if (lsn % 7 == 0) compare(entities, oracle, ids, spec.entities[0]);
            if (HasFatalFailure()) return;
            if (lsn % 301 == 0) {
                std::string bytes, again;
                entities.snapshot(bytes);
                ASSERT_TRUE(entities.restore(bytes).ok());
                entities.snapshot(again);
                ASSERT_EQ(bytes, again);
            }
        }
        std::string restored, straight;
        entities.snapshot(restored);
        unbroken.snapshot(straight);
        EXPECT_EQ(restored, straight) << "a restored state goes on bit for bit";
    }
}

INSTANTIATE_TEST_SUITE_P(Bounds, EntitiesOracle,
                         ::testing::Values(Setting{12, 1'000}, Setting{12, 7}, Setting{30, 5},
                                           Setting{200, 60}, Setting{6, 2}));

}  // namespace
}  // namespace volant::collect
