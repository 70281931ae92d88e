// The settings table against the parser: a row that nobody reads would be a promise that nobody
// keeps.
#include "spec/table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "spec/spec.h"

namespace volant::spec {
namespace {

using settings::Kind;
using settings::Row;

TEST(SettingsTable, RowsAreWhole) {
    std::set<std::string_view> seen;
    for (const Row& row : settings_table().rows()) {
        EXPECT_TRUE(seen.insert(row.path).second) << row.path << " stands twice";
        EXPECT_FALSE(row.text.empty()) << row.path;
        EXPECT_TRUE(row.text.ends_with('.')) << row.path;
        EXPECT_EQ(row.kind == Kind::kChoice && !row.not_yet, !row.values.empty()) << row.path;
        const std::string_view parent = settings::parent_of(row.path);
        EXPECT_TRUE(parent.empty() || seen.contains(parent)) << row.path << " before its section";
    }
}

TEST(SettingsTable, DefaultsAndBoundsAreValuesOfTheirRows) {
    for (const Row& row : settings_table().rows()) {
        for (const std::string_view text : {row.fallback, row.least, row.most}) {
            if (text.empty()) continue;
            yaml::Node node;
            node.kind = yaml::Node::Kind::kScalar;
            node.scalar = text;
            EXPECT_TRUE(settings::check(settings_table(), "", node, row.path).ok())
                << row.path << ": " << text;
        }
    }
}

// A value that the row takes and that is not its default; empty for kinds that have no such rule.
std::string_view another_value(const Row& row) {
    if (row.kind == Kind::kBool) return row.fallback == "true" ? "false" : "true";
    if (row.kind == Kind::kChoice) {
        for (const std::string_view value : settings::split_choices(row.values)) {
            if (value != row.fallback) return value;
        }
        return {};
    }
    return row.most == row.fallback ? row.least : row.most;
}

// `learner: {bits: 24}` in the shop's model, or `server: {port: 65535}` beside it.
std::string file_with(std::string_view path, std::string_view value) {
    std::string line(value);
    while (path != "models.*" && !path.empty()) {
        line = fmt::format("{{{}: {}}}", settings::key_of(path), line);
        path = settings::parent_of(path);
    }
    line = line.substr(1, line.size() - 2);
    if (path.empty()) return line + "\n";
    const std::size_t at = line.find("examples: {");
    if (at != std::string::npos) line.insert(at + 11, "at: open, ");
    return fmt::format(
        "subject: user\n"
        "entities: {{user: {{}}, book: {{}}}}\n"
        "events: {{open: {{user: id, book: id}}}}\n"
        "features: {{user.opens: {{count: open, by: user}}}}\n"
        "models: {{m: {{decide: {{rank: book}}, features: '*', {}}}}}\n",
        line);
}

TEST(SettingsTable, EveryRowIsRead) {
    int read = 0;
    for (const Row& row : settings_table().rows()) {
        const bool model = row.path.starts_with("models.*.") && !row.path.ends_with(".*");
        const bool machine =
            !row.path.starts_with("models") && row.path.find('*') == std::string_view::npos;
        const std::string_view value = another_value(row);
        if (row.not_yet || value.empty() || !(model || machine)) continue;
        std::string_view base = row.fallback.empty() ? row.least : row.fallback;
        if (base.empty()) base = settings::split_choices(row.values).back();
        const auto changed = parse_spec(file_with(row.path, value));
        ASSERT_TRUE(changed.ok()) << changed.error().message;
        ++read;
        const auto plain = parse_spec(file_with(row.path, base));
        ASSERT_TRUE(plain.ok()) << plain.error().message;
        EXPECT_NE(changed->canonical, plain->canonical) << row.path << ": " << value;
    }
    EXPECT_GT(read, 35);
}

}  // namespace
}  // namespace volant::spec
