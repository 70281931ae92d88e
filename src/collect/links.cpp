#include "collect/links.h"

#include <algorithm>

#include "collect/entities.h"

namespace volant::collect {

std::uint32_t Links::number(std::string_view relation) {
    if (const auto known = numbers_.find(relation); known != numbers_.end()) return known->second;
    relations_.emplace_back(relation);
    const auto made = static_cast<std::uint32_t>(relations_.size() - 1);
    numbers_.emplace(relation, made);
    return made;
}

Links::Out* Links::find_out(EntityIndex source, std::uint32_t relation) {
    Node* node = nodes_.find(source);
    if (!node) return nullptr;
    for (Out& out : node->out)
        if (out.relation == relation) return &out;
    return nullptr;
}

std::span<const EntityIndex> Links::find(EntityIndex source, std::string_view relation) const {
    const Node* node = nodes_.find(source);
    if (!node) return {};
    const auto known = numbers_.find(relation);
    if (known == numbers_.end()) return {};
    for (const Out& out : node->out)
        if (out.relation == known->second) return out.targets;
    return {};
}

void Links::add(EntityIndex source, std::string_view relation, EntityIndex target, log::Lsn lsn) {
    add(source, number(relation), target, lsn);
}

void Links::add(EntityIndex source, std::uint32_t relation, EntityIndex target, log::Lsn lsn) {
    if (source == target) return;
    std::vector<Back>& back = nodes_.get(target).back;
    Out* out = find_out(source, relation);
    if (!out) out = &nodes_.get(source).out.emplace_back(Out{relation, {}, {}});
    if (const auto same = std::find(out->targets.begin(), out->targets.end(), target);
        same != out->targets.end()) {
        const auto place = static_cast<std::size_t>(same - out->targets.begin());
        if (out->details[place].lsn <= lsn) return;
        remove_at(*out, place);
    }
    std::size_t place = out->targets.size();
    while (place > 0 && out->details[place - 1].lsn > lsn) --place;
    const auto at = static_cast<std::ptrdiff_t>(place);
    out->targets.insert(out->targets.begin() + at, target);
    out->details.insert(out->details.begin() + at, {lsn, static_cast<std::uint32_t>(back.size())});
    back.push_back({source, relation});
    if (out->targets.size() > kLinksMax) {
        const EntityIndex oldest = out->targets.front();
        remove_at(*out, 0);
        erase_if_bare(oldest);
    }
}

void Links::remove(EntityIndex source, std::string_view relation, EntityIndex target) {
    if (const auto known = numbers_.find(relation); known != numbers_.end())
        remove(source, known->second, target);
}

void Links::remove(EntityIndex source, std::uint32_t relation, EntityIndex target) {
    Out* out = find_out(source, relation);
    if (!out) return;
    const auto found = std::find(out->targets.begin(), out->targets.end(), target);
    if (found == out->targets.end()) return;
    remove_at(*out, static_cast<std::size_t>(found - out->targets.begin()));
    erase_if_bare(source);
    erase_if_bare(target);
}

void Links::remove_at(Out& out, std::size_t place) {
    remove_back(out.targets[place], out.details[place].back);
    out.targets.erase(out.targets.begin() + static_cast<std::ptrdiff_t>(place));
    out.details.erase(out.details.begin() + static_cast<std::ptrdiff_t>(place));
}

// The last entry takes the place of the one that goes, and its link is told so.
void Links::remove_back(EntityIndex target, std::uint32_t place) {
    std::vector<Back>& back = nodes_.find(target)->back;
    const Back moved = back.back();
    back[place] = moved;
    back.pop_back();
    if (place == back.size()) return;
    Out* out = find_out(moved.source, moved.relation);
    const auto link = std::find(out->targets.begin(), out->targets.end(), target);
    out->details[static_cast<std::size_t>(link - out->targets.begin())].back = place;
}

void Links::erase_if_bare(EntityIndex index) {
    Node* node = nodes_.find(index);
    if (!node) return;
    std::erase_if(node->out, [](const Out& out) { return out.targets.empty(); });
    if (node->out.empty() && node->back.empty()) nodes_.erase(index);
}

void Links::erase(EntityIndex index) {
    Node* node = nodes_.find(index);
    if (!node) return;
    for (Out& out : node->out) {
        while (!out.targets.empty()) {
            const EntityIndex target = out.targets.back();
            remove_at(out, out.targets.size() - 1);
            erase_if_bare(target);
        }
    }
    while (!node->back.empty()) {
        const EntityIndex source = node->back.back().source;
        Out* out = find_out(source, node->back.back().relation);
        const auto link = std::find(out->targets.begin(), out->targets.end(), index);
        remove_at(*out, static_cast<std::size_t>(link - out->targets.begin()));
        erase_if_bare(source);
    }
    nodes_.erase(index);
}

void Links::join(EntityIndex from, EntityIndex into) {
    Node* node = nodes_.find(from);
    if (!node) return;
    struct Link {
        EntityIndex source;
        std::uint32_t relation;
        EntityIndex target;
        log::Lsn lsn;
    };
    std::vector<Link> links;
    for (const Out& out : node->out)
        for (std::size_t i = 0; i < out.targets.size(); ++i)
            links.push_back({into, out.relation, out.targets[i], out.details[i].lsn});
    for (const Back& back : node->back) {
        const Out* out = find_out(back.source, back.relation);
        const auto link = std::find(out->targets.begin(), out->targets.end(), from);
        const log::Lsn lsn =
            out->details[static_cast<std::size_t>(link - out->targets.begin())].lsn;
        links.push_back({back.source, back.relation, into, lsn});
    }
    erase(from);
    for (const Link& link : links) add(link.source, link.relation, link.target, link.lsn);
}

void Links::snapshot(Writer& out) const {
    out.varint(relations_.size());
    for (const std::string& relation : relations_) out.string(relation);
    for (EntityIndex source = 0; source < nodes_.bound(); ++source) {
        const Node* node = nodes_.find(source);
        if (!node) continue;
        for (const Out& links : node->out) {
            if (links.targets.empty()) continue;
            out.varint(source + std::uint64_t{1});
            out.varint(links.relation);
            out.varint(links.targets.size());
            for (std::size_t i = 0; i < links.targets.size(); ++i) {
                out.varint(links.targets[i]);
                out.varint(links.details[i].lsn);
            }
        }
    }
    out.varint(0);
}

bool Links::restore(Cursor& in, std::size_t bound) {
    const std::uint64_t relations = in.varint();
    if (relations > in.left()) return false;
    for (std::uint64_t i = 0; i < relations && in.ok(); ++i) number(in.string());
    while (const std::uint64_t next = in.varint()) {
        const std::uint64_t relation = in.varint();
        const std::uint64_t count = in.varint();
        if (next > bound || relation >= relations_.size() || count > kLinksMax) return false;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t target = in.varint();
            const log::Lsn lsn = in.varint();
            if (!in.ok() || target >= bound) return false;
            add(static_cast<EntityIndex>(next - 1), static_cast<std::uint32_t>(relation),
                static_cast<EntityIndex>(target), lsn);
        }
    }
    return in.ok();
}

}  // namespace volant::collect
