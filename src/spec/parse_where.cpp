// `where`: the tests that an event's properties must pass to count for a feature.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spec/parser.h"

namespace volant::spec {
namespace {

constexpr std::array<std::string_view, 7> kTests = {"eq", "ne", "lt", "le", "gt", "ge", "in"};

// A plain scalar of an undeclared type is a bool, an int, a double or a string, by its form.
Value value_by_form(const Node& node) {
    if (node.quoted) return node.scalar;
    if (node.scalar == "true" || node.scalar == "false") return node.scalar == "true";
    if (const auto integer = settings::parse_integer(node.scalar)) return *integer;
    if (const auto number = settings::parse_number(node.scalar)) return *number;
    return node.scalar;
}

std::optional<Value> value_of_type(const Node& node, FieldType type, const ZoneRule& zone) {
    if (node.kind != Node::Kind::kScalar) return std::nullopt;
    const Value value = value_by_form(node);
    switch (stored_type(type)) {
        case Type::kNull:
            return value;
        case Type::kDouble:
            if (value.type() == Type::kInt) return Value(value.number());
            break;
        case Type::kTime: {
            const auto time = parse_time(node.scalar, zone);
            return time.ok() ? std::optional<Value>(Time{*time}) : std::nullopt;
        }
        default:
            break;
    }
    return value.type() == stored_type(type) ? std::optional(value) : std::nullopt;
}

// `property` has `type`; `value` is a scalar, or for `in` a list of them.
Result<Condition> parse_condition(const Parsing& parsing, const Node& value,
                                  std::string_view property, FieldType type, Condition::Test test) {
    using enum Condition::Test;
    Condition condition{.property = std::string(property), .test = test, .values = {}};
    const bool ordered = test == kLt || test == kLe || test == kGt || test == kGe;
    const Type stored = stored_type(type);
    if (stored == Type::kPoint || stored == Type::kList) {
        return parsing.at(value, fmt::format("{} cannot be tested", a_type(type)));
    }
    if (ordered && (stored == Type::kBool || stored == Type::kString)) {
        return parsing.at(
            value, fmt::format("\"{}\" is {}, which has no order; expected eq, ne or in", property,
                               a_type(type)));
    }
    const bool list = test == kIn && value.kind == Node::Kind::kList;
    if (list && value.list.empty()) return parsing.at(value, "expected at least one value");
    const std::vector<Node> alone = list ? std::vector<Node>{} : std::vector<Node>{value};
    for (const Node& one : list ? value.list : alone) {
        auto operand = value_of_type(one, type, parsing.spec.zone);
        const bool unordered =
            operand && (operand->type() == Type::kString || operand->type() == Type::kBool);
        if (ordered && unordered) operand.reset();
        if (!operand) {
            return parsing.at(one,
                              fmt::format("found {}, expected {}", describe(one),
                                          type == FieldType::kAny ? "a number" : a_type(type)));
        }
        condition.values.push_back(*std::move(operand));
    }
    return condition;
}

// All tests of one property: `5`, `[5, 6]` or `{gt: 5, lt: 9}`.
Status parse_conditions(const Parsing& parsing, const Node& value, FieldType type,
                        std::vector<Condition>& out) {
    using enum Condition::Test;
    if (value.kind == Node::Kind::kScalar || value.kind == Node::Kind::kList) {
        const auto test = value.kind == Node::Kind::kList ? kIn : kEq;
        VOLANT_TRY(out.emplace_back(), parse_condition(parsing, value, value.key, type, test));
        return {};
    }
    if (value.map.empty())
        return parsing.at(value, "expected at least one test, such as {gt: 1000}");
    for (const auto& [name, operand] : value.map) {
        const auto found = std::ranges::find(kTests, name);
        if (found == kTests.end()) {
            return parsing.at_key(operand,
                                  unknown_name("test", name, {kTests.begin(), kTests.end()}));
        }
        const auto test = static_cast<Condition::Test>(found - kTests.begin());
        VOLANT_TRY(out.emplace_back(), parse_condition(parsing, operand, value.key, type, test));
    }
    return {};
}

}  // namespace

Status parse_where(const Parsing& parsing, const Section& feature, FeatureDecl& out) {
    const Node* where = feature.node("where");
    if (where == nullptr) return {};
    for (const auto& [property, value] : where->map) {
        std::optional<FieldType> type;
        for (const Source& source : out.sources) {
            const int index = parsing.spec.event_index(source.event);
            VOLANT_TRY(const FieldType found, find_property(parsing, value, index, property));
            if (type && stored_type(*type) != stored_type(found)) {
                return parsing.at(
                    value, fmt::format("\"{}\" is {} in one event and {} in the other", property,
                                       a_type(*type), a_type(found)));
            }
            type = found;
        }
        VOLANT_OK(parse_conditions(parsing, value, *type, out.where));
    }
    return {};
}

}  // namespace volant::spec
