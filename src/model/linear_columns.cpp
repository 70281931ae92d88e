#include "model/linear_columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/exact_math.h"
#include "core/hash.h"

namespace volant::model {
namespace {

// Fixed for ever: stored weights depend on them.
constexpr std::uint64_t kColumnSeed = 0x766f6c616e740001ull;
constexpr std::uint64_t kConstantSeed = 0x766f6c616e740002ull;
constexpr std::uint64_t kMissingSeed = 0x766f6c616e740003ull;

constexpr double kKilometersPerDegree = 111.195;
constexpr double kPi = 3.14159265358979323846;
constexpr std::array<double, 2> kCellKilometers = {5, 40};

std::uint32_t fold(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

float squash(double x) {
    const double size = std::abs(x);
    if (size <= 1) return static_cast<float>(x);
    const double squashed = 1 + exact::log(size);
    return static_cast<float>(x > 0 ? squashed : -squashed);
}

// An element of a list, or a text, as the bytes that are hashed.
std::string text_of(const Value& value) {
    if (const std::string* text = value.string()) return *text;
    std::array<char, 32> buffer;
    char* end = buffer.data();
    if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
        end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *integer).ptr;
    } else if (value.has_number()) {
        end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value.number()).ptr;
    }
    return std::string(buffer.data(), end);
}

// Cosine of a latitude for the width of a cell: the series to x^10, within 1e-4 up to the poles.
double cosine(double radians) {
    const double s = radians * radians;
    return 1 - s / 2 * (1 - s / 12 * (1 - s / 30 * (1 - s / 56 * (1 - s / 90))));
}

// The cell's row and column on a grid of rings of equal height, each cut into cells of about equal
// width.
std::string cell_text(Point point, double kilometers) {
    const double height = kilometers / kKilometersPerDegree;
    const auto row = static_cast<std::int64_t>(std::floor((point.lat + 90) / height));
    const double middle = (static_cast<double>(row) + 0.5) * height - 90;
    const double ring = std::max(cosine(middle * kPi / 180), 0.0) * 360 / height;
    const double cells = std::max(std::floor(ring), 1.0);
    const auto column = static_cast<std::int64_t>(std::floor((point.lon + 180) / 360 * cells));
    return std::to_string(static_cast<int>(kilometers)) + "km " + std::to_string(row) + " " +
           std::to_string(column);
}

}  // namespace

LinearColumns::LinearColumns(std::vector<Column> columns,
                             std::vector<std::vector<std::string>> interactions)
    : columns_(std::move(columns)) {
    for (const Column& column : columns_) seeds_.push_back(hash64(column.name, kColumnSeed));
    for (const auto& names : interactions) {
        std::vector<std::vector<std::size_t>> groups;
        for (const std::string& name : names) {
            std::vector<std::size_t>& members = groups.emplace_back();
            for (std::size_t i = 0; i < columns_.size(); ++i)
                if (columns_[i].group == name || columns_[i].name == name) members.push_back(i);
        }
        interactions_.push_back(std::move(groups));
    }
}

void LinearColumns::terms(std::span<const Value> row, std::vector<Term>& out) const {
    VOLANT_CHECK(row.size() == columns_.size());
    out.clear();
    std::vector<Range> ranges(interactions_.empty() ? 0 : columns_.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        const auto begin = static_cast<std::uint32_t>(out.size());
        append_value(i, row[i], out);
        if (!ranges.empty()) ranges[i] = {begin, static_cast<std::uint32_t>(out.size())};
    }
    for (const auto& groups : interactions_) append_interaction(groups, ranges, out);
    out.push_back({fold(kConstantSeed), 1});
}

void LinearColumns::append_value(std::size_t column, const Value& value,
                                 std::vector<Term>& out) const {
    const std::uint64_t seed = seeds_[column];
    switch (value.type()) {
        case Type::kNull:
            out.push_back({fold(hash_mix(seed, kMissingSeed)), 1});
            return;
        case Type::kBool:
        case Type::kInt:
        case Type::kDouble:
            return append_number(column, value.number(), out);
        case Type::kTime:
            return append_number(column, value.number() / 1e6, out);
        case Type::kString:
            out.push_back({fold(hash64(*value.string(), seed)), 1});
            return;
        case Type::kPoint:
            return append_point(column, std::get<Point>(value.data), out);
        case Type::kList:
            break;
    }
    const List& list = *value.list();
    if (list.empty()) return;
    const auto share = static_cast<float>(1 / std::sqrt(static_cast<double>(list.size())));
    for (const Value& element : list) out.push_back({fold(hash64(text_of(element), seed)), share});
}

void LinearColumns::append_number(std::size_t column, double number, std::vector<Term>& out) const {
    if (const float squashed = squash(number); squashed != 0)
        out.push_back({fold(seeds_[column]), squashed});
}

void LinearColumns::append_point(std::size_t column, Point point, std::vector<Term>& out) const {
    for (const double kilometers : kCellKilometers)
        out.push_back({fold(hash64(cell_text(point, kilometers), seeds_[column])), 1});
}

void LinearColumns::append_interaction(std::span<const std::vector<std::size_t>> groups,
                                       std::span<const Range> ranges,
                                       std::vector<Term>& out) const {
    // The products so far, and for each the place of its last factor, so that a group crossed with
    // itself gives each pair once.
    struct Product {
        Term term;
        std::size_t last;
    };
    std::vector<Product> products;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const bool again = g > 0 && groups[g] == groups[g - 1];
        std::vector<Product> longer;
        const auto extend = [&](const Product* product) {
            for (const std::size_t column : groups[g]) {
                for (std::size_t i = ranges[column].begin; i < ranges[column].end; ++i) {
                    if (product != nullptr && again && i <= product->last) continue;
                    if (longer.size() + out.size() >= kTermsMax) return;
                    const Term& factor = out[i];
                    longer.push_back({product == nullptr
                                          ? factor
                                          : Term{fold(hash_mix(product->term.hash, factor.hash)),
                                                 product->term.value * factor.value},
                                      i});
                }
            }
        };
        if (g == 0) extend(nullptr);
        for (const Product& product : products) extend(&product);
        products = std::move(longer);
    }
    for (const Product& product : products) out.push_back(product.term);
}

}  // namespace volant::model
