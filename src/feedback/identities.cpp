#include "feedback/identities.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "collect/entities.h"
#include "core/hash.h"

namespace volant::feedback {

std::size_t Identities::Hash::operator()(std::string_view id) const {
    return hash64(id);
}

void Identities::join(std::string_view identified, std::string_view anonymous) {
    if (identified.empty() || anonymous.empty() || identified == anonymous) return;
    Ids person = take(identified);
    if (person_.contains(anonymous)) {
        Ids joining = take(anonymous);
        person.insert(person.end(), std::next(joining.begin()), joining.end());
        person.push_back(std::move(joining.front()));
    } else if (std::find(person.begin(), person.end(), anonymous) == person.end()) {
        person.emplace_back(anonymous);
    }
    while (person.size() > 1 + collect::kAliasesMax) person.erase(std::next(person.begin()));
    add(std::move(person));
    while (person_.size() > ids_max_ && people_.size() > 1) forget_oldest();
}

std::span<const std::string> Identities::of(std::string_view id) const {
    const auto it = person_.find(id);
    return it == person_.end() ? std::span<const std::string>{} : people_.at(it->second);
}

// The person's ids, who is then unknown; of an id that nobody has, itself alone.
Identities::Ids Identities::take(std::string_view id) {
    const auto it = person_.find(id);
    if (it == person_.end()) return {std::string(id)};
    Ids ids = std::move(people_.extract(it->second).mapped());
    for (const std::string& one : ids) person_.erase(one);
    return ids;
}

void Identities::add(Ids ids) {
    for (const std::string& id : ids) person_.emplace(id, next_);
    people_.emplace_hint(people_.end(), next_, std::move(ids));
    ++next_;
}

void Identities::forget_oldest() {
    for (const std::string& id : people_.begin()->second) person_.erase(id);
    people_.erase(people_.begin());
}

void Identities::snapshot(Writer& out) const {
    out.varint(people_.size());
    for (const auto& [number, ids] : people_) {
        out.varint(ids.size());
        for (const std::string& id : ids) out.string(id);
    }
}

bool Identities::restore(Cursor& in) {
    people_.clear();
    person_.clear();
    for (std::uint64_t people = in.varint(); people > 0 && in.ok(); --people) {
        Ids ids;
        for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count)
            ids.emplace_back(in.string());
        if (ids.empty()) return false;
        add(std::move(ids));
    }
    return in.ok();
}

}  // namespace volant::feedback
