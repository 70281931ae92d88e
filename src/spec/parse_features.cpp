// Features: one operation over one event (or an attribute), its keys, window and filter.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/nearest.h"
#include "spec/parser.h"

namespace volant::spec {
namespace {

// Which sources an operation takes, and which of the other keys. One row an operation, in Op's
// order.
enum class Takes : std::uint8_t { kEvent, kNumber, kValue, kEither, kTwoEvents, kAttribute };

struct OpRow {
    Takes takes;
    bool window;
    std::string_view own;  // the key that is this operation's alone
};

constexpr std::array<OpRow, kOpsCount> kOps = {{
    {Takes::kEvent, true, ""},             // count
    {Takes::kNumber, true, ""},            // sum
    {Takes::kNumber, true, ""},            // mean
    {Takes::kNumber, true, ""},            // min
    {Takes::kNumber, true, ""},            // max
    {Takes::kTwoEvents, true, "prior"},    // ratio
    {Takes::kValue, true, ""},             // distinct
    {Takes::kValue, true, "n"},            // last
    {Takes::kEvent, true, ""},             // since
    {Takes::kEither, false, "half_life"},  // decay
    {Takes::kAttribute, false, ""},        // attribute
}};

const OpRow& row_of(Op op) {
    return kOps[static_cast<std::size_t>(op)];
}

// Reads one feature; the members are what its parts share.
class FeatureParser {
  public:
    FeatureParser(const Parsing& parsing, const Section& section, FeatureDecl& out)
        : parsing_(parsing), section_(section), out_(out) {}

    Status parse() {
        VOLANT_OK(parse_name());
        VOLANT_OK(parse_op());
        VOLANT_OK(refuse_keys_of_other_ops());
        if (out_.op == Op::kAttribute) return parse_attribute();
        VOLANT_OK(parse_sources());
        VOLANT_OK(parse_by());
        VOLANT_OK(parse_through());
        VOLANT_OK(section_.read("window", out_.window));
        VOLANT_OK(parse_own());
        return parse_where(parsing_, section_, out_);
    }

  private:
    const Node& node() const { return *section_.node(); }
    const Node& op_node() const { return *section_.node(op_name(out_.op)); }
    const EventDecl& event(const Source& source) const {
        return parsing_.spec
            .events[static_cast<std::size_t>(parsing_.spec.event_index(source.event))];
    }

    Status parse_name() {
        const Dotted parts = split_dot(out_.name);
        if (parts.second.empty()) {
            return parsing_.at_key(
                node(), fmt::format("found the name \"{}\", expected GROUP.NAME, such as user.{}",
                                    out_.name, out_.name));
        }
        VOLANT_OK(check_name(parsing_, node(), parts.first));
        VOLANT_OK(check_name(parsing_, node(), parts.second));
        if (parts.first == kInputGroup) {
            return parsing_.at_key(node(), "the group \"input\" is that of the models' inputs");
        }
        out_.group = parts.first;
        return {};
    }

    Status parse_op() {
        std::vector<std::string_view> found;
        std::vector<std::string_view> known;
        for (int i = 0; i < kOpsCount; ++i) {
            const auto op = static_cast<Op>(i);
            known.push_back(op_name(op));
            if (!section_.has(op_name(op))) continue;
            found.push_back(op_name(op));
            out_.op = op;
        }
        if (found.size() == 1) return {};
        return parsing_.at_key(
            node(), found.empty() ? fmt::format("expected one of {}", fmt::join(known, ", "))
                                  : fmt::format("found {}, expected only one of them",
                                                fmt::join(found, " and ")));
    }

    Status refuse_keys_of_other_ops() const {
        const OpRow& row = row_of(out_.op);
        const auto refuse = [&](std::string_view key, bool taken) -> Status {
            if (taken || !section_.has(key)) return {};
            return parsing_.at_key(*section_.node(key),
                                   fmt::format("{} takes no {}", op_name(out_.op), key));
        };
        const bool folds = out_.op != Op::kAttribute;
        VOLANT_OK(refuse("window", row.window));
        VOLANT_OK(refuse("through", folds));
        VOLANT_OK(refuse("by", folds));
        VOLANT_OK(refuse("where", folds));
        VOLANT_OK(refuse("prior", row.own == "prior"));
        VOLANT_OK(refuse("n", row.own == "n"));
        return refuse("half_life", row.own == "half_life");
    }

    Status parse_attribute() {
        const Node& value = op_node();
        const Dotted parts = split_dot(value.scalar);
        if (parts.second.empty()) {
            return parsing_.at(value,
                               fmt::format("found {}, expected ENTITY.ATTRIBUTE", describe(value)));
        }
        VOLANT_TRY(out_.attribute, parse_key(value, parts));
        return {};
    }

    Result<KeyPart> parse_key(const Node& value, const Dotted& parts) const {
        KeyPart part;
        VOLANT_TRY(part.entity, find_entity(parsing_, value, parts.first));
        if (parts.second.empty()) return part;
        const EntityDecl& entity = parsing_.spec.entities[static_cast<std::size_t>(part.entity)];
        part.attribute = entity.attribute_index(parts.second);
        if (part.attribute >= 0) return part;
        return parsing_.at(value, unknown_name(fmt::format("attribute of \"{}\",", entity.name),
                                               parts.second, names_of(entity.attributes)));
    }

    Status parse_sources() {
        const Node& value = op_node();
        if (row_of(out_.op).takes != Takes::kTwoEvents) return parse_source(value, value.scalar);
        if (value.list.size() != 2) {
            return parsing_.at(value,
                               fmt::format("found {}, expected two events: [finish, open]",
                                           value.kind == Node::Kind::kList
                                               ? fmt::format("a list of {}", value.list.size())
                                               : describe(value)));
        }
        VOLANT_OK(parse_source(value.list[0], value.list[0].scalar));
        return parse_source(value.list[1], value.list[1].scalar);
    }

    Status parse_source(const Node& value, std::string_view text) {
        const Takes takes = row_of(out_.op).takes;
        const Dotted parts = split_dot(text);
        VOLANT_TRY(const int index, find_event(parsing_, value, parts.first));
        Source source{.event = std::string(parts.first), .property = {}};
        const bool wants_none = takes == Takes::kEvent || takes == Takes::kTwoEvents;
        const bool wants_one = takes == Takes::kNumber || takes == Takes::kValue;
        if (wants_none && !parts.second.empty()) {
            return parsing_.at(value, fmt::format("found {}, expected an event alone: {}",
                                                  describe(value), parts.first));
        }
        if (wants_one && parts.second.empty()) {
            return parsing_.at(value,
                               fmt::format("found {}, expected EVENT.PROPERTY", describe(value)));
        }
        if (!parts.second.empty()) VOLANT_OK(parse_part(value, index, parts.second, source));
        out_.sources.push_back(std::move(source));
        return {};
    }

    // The property, or the id, that is taken from the event.
    Status parse_part(const Node& value, int event_index, std::string_view part, Source& source) {
        const EventDecl& declared = parsing_.spec.events[static_cast<std::size_t>(event_index)];
        const int entity = parsing_.spec.entity_index(part);
        if (entity >= 0 && declared.has_entity(entity)) {
            if (row_of(out_.op).takes != Takes::kValue) {
                return parsing_.at(value, fmt::format("{} takes a number, and \"{}\" is an id",
                                                      op_name(out_.op), part));
            }
            source.entity = entity;
            return {};
        }
        VOLANT_TRY(const FieldType type, find_property(parsing_, value, event_index, part));
        if (row_of(out_.op).takes != Takes::kValue && !is_numeric(type)) {
            return parsing_.at(value, fmt::format("{} takes a number, and \"{}\" is {}",
                                                  op_name(out_.op), part, a_type(type)));
        }
        const bool whole = type == FieldType::kPoint || type == FieldType::kList;
        if (out_.op == Op::kDistinct && whole) {
            return parsing_.at(value, fmt::format("distinct counts single values, and \"{}\" is {}",
                                                  part, a_type(type)));
        }
        source.property = part;
        return {};
    }

    Status parse_by() {
        const Node* by = section_.node("by");
        if (by == nullptr) {
            return parsing_.at_key(node(),
                                   fmt::format("{} needs by: one or two keys", op_name(out_.op)));
        }
        if (by->kind == Node::Kind::kScalar) return parse_by_part(*by);
        if (by->list.empty() || by->list.size() > 2) {
            return parsing_.at(*by,
                               fmt::format("found {} keys, expected one or two", by->list.size()));
        }
        for (const Node& part : by->list) VOLANT_OK(parse_by_part(part));
        return {};
    }

    Status parse_by_part(const Node& value) {
        VOLANT_TRY(const KeyPart part, parse_key(value, split_dot(value.scalar)));
        if (std::ranges::find(out_.by, part) != out_.by.end()) {
            return parsing_.at(value, fmt::format("found the key {} twice", describe(value)));
        }
        for (const Source& source : out_.sources) {
            if (event(source).has_entity(part.entity)) continue;
            const std::string& name =
                parsing_.spec.entities[static_cast<std::size_t>(part.entity)].name;
            return parsing_.at(value,
                               fmt::format("event \"{}\" has no \"{}\": its declaration lists "
                                           "no {}: id",
                                           source.event, name, name));
        }
        out_.by.push_back(part);
        return {};
    }

    Status parse_through() {
        VOLANT_OK(section_.read("through", out_.through));
        if (out_.through.empty()) return {};
        VOLANT_OK(check_name(parsing_, *section_.node("through"), out_.through));
        if (out_.by[0].attribute < 0) return {};
        return parsing_.at(*section_.node("through"),
                           "the first key must be an entity: links lead from ids to ids");
    }

    Status parse_own() {
        if (out_.op == Op::kLast) return section_.read("n", out_.n);
        if (out_.op == Op::kRatio) return parse_prior();
        if (out_.op != Op::kDecay) return {};
        if (!section_.has("half_life")) {
            return parsing_.at_key(node(), "decay needs half_life, such as 7d");
        }
        return section_.read("half_life", out_.half_life);
    }

    Status parse_prior() {
        const Node* prior = section_.node("prior");
        if (prior == nullptr) return {};
        const auto hits = prior->list.size() == 2 ? number(prior->list[0]) : std::nullopt;
        const auto tries = prior->list.size() == 2 ? number(prior->list[1]) : std::nullopt;
        if (!hits || !tries || *hits < 0 || *tries < *hits || *tries <= 0) {
            return parsing_.at(
                *prior, "expected [hits, tries] with 0 <= hits <= tries, tries > 0: [1, 10]");
        }
        out_.prior_hits = *hits;
        out_.prior_tries = *tries;
        return {};
    }

    static std::optional<double> number(const Node& value) {
        return value.quoted ? std::nullopt : settings::parse_number(value.scalar);
    }

    const Parsing& parsing_;
    const Section& section_;
    FeatureDecl& out_;
};

}  // namespace

Status parse_features(Parsing& parsing, const Section& root) {
    const Section section = root.section("features");
    VOLANT_OK(check_count(parsing, section, kFeaturesMax));
    if (section.node() == nullptr) return {};
    for (const auto& [name, node] : section.node()->map) {
        FeatureDecl feature;
        feature.name = name;
        const Section own = section.section(name);
        VOLANT_OK(FeatureParser(parsing, own, feature).parse());
        parsing.spec.features.push_back(std::move(feature));
    }
    return {};
}

}  // namespace volant::spec
