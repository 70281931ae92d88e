#include "api/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/percent.h"
#include "core/json_reader.h"
#include "core/nearest.h"
#include "core/value.h"

namespace volant::api {
namespace {

Error mismatch(const Field& field, std::string_view text, std::string_view expected,
               Code code = Code::kWrongType) {
    return fail(code, "found " + describe(Value(text)) + ", expected " + std::string(expected),
                "/" + std::string(field.name));
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

Status check_bounds(const Field& field, std::string_view text, double number) {
    if (number < field.min) {
        return mismatch(field, text, "at least " + bound_text(field.min), Code::kOutOfRange);
    }
    if (number > field.max) {
        return mismatch(field, text, "at most " + bound_text(field.max), Code::kOutOfRange);
    }
    return {};
}

Status check_one_of(const Field& field, std::string_view text) {
    std::vector<std::string_view> known;
    for (std::string_view left = field.values; !left.empty();) {
        const std::size_t bar = left.find('|');
        known.push_back(left.substr(0, bar));
        left.remove_prefix(bar == std::string_view::npos ? left.size() : bar + 1);
    }
    if (known.empty() || std::find(known.begin(), known.end(), text) != known.end()) return {};
    Error error = mismatch(field, text, "one of " + std::string(field.values), Code::kOutOfRange);
    error.hint = name_hint(text, known);
    return error;
}

}  // namespace

std::string bound_text(double bound) {
    char digits[32];
    return std::string(digits, std::to_chars(digits, digits + sizeof digits, bound).ptr);
}

Result<Micros> time_from_text(std::string_view text, const ZoneRule& zone) {
    std::int64_t whole = 0;
    double number = 0;
    if (read_number(text, whole)) return time_from_number(whole);
    if (read_number(text, number) && std::isfinite(number)) return time_from_number(number);
    return parse_time(text, zone);
}

Status check_text(const Field& field, std::string_view text, const ZoneRule& zone) {
    std::int64_t whole = 0;
    double number = 0;
    switch (field.kind) {
        case Kind::kId:
            if (!text.empty() && text.size() <= json::kIdBytesMax) return {};
            return mismatch(field, text, "1 to 256 bytes", Code::kOutOfRange);
        case Kind::kBool:
            if (text == "true" || text == "false") return {};
            return mismatch(field, text, "true or false");
        case Kind::kInt:
            if (!read_number(text, whole)) return mismatch(field, text, "an integer");
            return check_bounds(field, text, static_cast<double>(whole));
        case Kind::kNumber:
            if (!read_number(text, number) || !std::isfinite(number)) {
                return mismatch(field, text, "a number");
            }
            return check_bounds(field, text, number);
        case Kind::kTime: {
            auto time = time_from_text(text, zone);
            if (time.ok()) return {};
            return std::move(time).error().at("/" + std::string(field.name));
        }
        default:
            return check_one_of(field, text);
    }
}

Result<Parameters> parse_query(std::string_view query, std::span<const Field> known, bool open,
                               const ZoneRule& zone) {
    Parameters parameters;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        VOLANT_TRY(std::string name, percent_decode(pair.substr(0, equals), PlusRule::kSpace));
        VOLANT_TRY(std::string value, percent_decode(pair.substr(std::min(pair.size(), equals + 1)),
                                                     PlusRule::kSpace));
        const auto same = [&](const auto& other) { return other.first == name; };
        if (std::any_of(parameters.begin(), parameters.end(), same)) {
            return fail(Code::kDuplicateKey, "the query has \"" + name + "\" twice", "/" + name);
        }
        const auto field = std::find_if(known.begin(), known.end(), [&](const Field& candidate) {
            return candidate.name == name;
        });
        if (field != known.end()) {
            VOLANT_OK(check_text(*field, value, zone));
        } else if (!open) {
            std::vector<std::string_view> names;
            for (const Field& candidate : known) names.push_back(candidate.name);
            return fail(Code::kUnknownField, "unknown query parameter " + describe(Value(name)),
                        "/" + name,
                        names.empty() ? "this route takes none" : name_hint(name, names));
        }
        if (parameters.size() == kParametersMax) {
            return fail(Code::kTooLarge, "the query has more than " +
                                             std::to_string(kParametersMax) + " parameters");
        }
        parameters.emplace_back(std::move(name), std::move(value));
    }
    for (const Field& field : known) {
        const auto same = [&](const auto& other) { return other.first == field.name; };
        if (!field.required || std::any_of(parameters.begin(), parameters.end(), same)) continue;
        return fail(Code::kMissingField,
                    "the query parameter \"" + std::string(field.name) + "\" is missing",
                    "/" + std::string(field.name));
    }
    return parameters;
}

}  // namespace volant::api
