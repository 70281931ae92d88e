#include "spec/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/json_writer.h"
#include "core/settings.h"
#include "spec/table.h"

namespace volant::spec {
namespace {

using settings::Kind;
using settings::Row;

constexpr std::string_view kIntroduction =
    "# Settings: volant.yaml\n"
    "\n"
    "This page is made from the settings table (`src/spec/table.cpp`), which also checks the file "
    "and\n"
    "makes `volant.schema.json` for editors. `*` stands for a name of yours. `volant validate` "
    "checks a\n"
    "file without starting anything; an error names FILE:LINE:COLUMN, the key, what was found, "
    "what was\n"
    "expected and the nearest known key.\n"
    "\n"
    "YAML anchors, aliases, tags, duplicate keys and second documents are refused; a file has at "
    "most\n"
    "1 MiB and 32 nested lists and maps. Durations: `us ms s m h d w`, such as `30m`, `1h30m` or "
    "`all`.\n"
    "Sizes: `B KiB MiB GiB kB MB GB`. Shares: `0.05` or `5%`. A list of one may be written as its "
    "one\n"
    "value.\n";

constexpr std::string_view kLaterHeading =
    "\n## Not yet\n"
    "\n"
    "Keys that a later release will read. They are refused with \"not yet in this release\", "
    "never\n"
    "ignored.\n"
    "\n"
    "| key | what |\n"
    "|---|---|\n";

bool has_children(const Row& row) {
    return !settings_table().children(row.path).empty();
}

std::string_view section_of(std::string_view path) {
    return path.substr(0, path.find('.'));
}

// `|` would end a table's cell.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
}

std::string takes(const Row& row) {
    if (row.kind == Kind::kAny) return "see there";
    if (row.kind == Kind::kChoice) {
        return fmt::format("`{}`", fmt::join(settings::split_choices(row.values), "` `"));
    }
    std::string text = settings::expected(row);
    text = text.substr(0, text.find(" (such as"));
    if (row.kind != Kind::kMap && has_children(row)) text += ", or a map";
    return text;
}

std::string table_row(const Row& row) {
    std::string text(row.text);
    if (!row.later.empty()) {
        text += fmt::format(" Not yet: {}.", fmt::join(settings::split_choices(row.later), ", "));
    }
    const std::string fallback = row.fallback.empty() ? "" : fmt::format("`{}`", row.fallback);
    return fmt::format("| `{}` | {} | {} | {} |\n", row.path, cell(takes(row)), fallback,
                       cell(text));
}

void write_schema(json::Writer& out, const Row& row);

void write_properties(json::Writer& out, std::string_view pattern) {
    const Row* any = nullptr;
    out.key("type").string("object").key("properties").object();
    for (const Row* child : settings_table().children(pattern)) {
        if (child->not_yet) continue;
        const std::string_view key = settings::key_of(child->path);
        if (key == "*") {
            any = child;
            continue;
        }
        out.key(key);
        write_schema(out, *child);
    }
    out.end().key("additionalProperties");
    if (any == nullptr) {
        out.boolean(false);
    } else {
        write_schema(out, *any);
    }
}

void write_type(json::Writer& out, std::initializer_list<std::string_view> types) {
    out.key("type");
    if (types.size() == 1) {
        out.string(*types.begin());
        return;
    }
    out.array();
    for (const std::string_view type : types) out.string(type);
    out.end();
}

void write_bounds(json::Writer& out, const Row& row) {
    if (const auto least = settings::parse_number(row.least)) out.key("minimum").number(*least);
    if (const auto most = settings::parse_number(row.most)) out.key("maximum").number(*most);
}

// The scalar or list form of a row.
void write_plain(json::Writer& out, const Row& row) {
    switch (row.kind) {
        case Kind::kMap:
        case Kind::kAny:
            break;
        case Kind::kBool:
            write_type(out, {"boolean"});
            break;
        case Kind::kInt:
            if (row.unit.empty()) {
                write_type(out, {"integer"});
            } else {
                write_type(out, {"integer", "string"});
            }
            write_bounds(out, row);
            break;
        case Kind::kNumber:
            write_type(out, {"number"});
            write_bounds(out, row);
            break;
        case Kind::kShare:
            write_type(out, {"number", "string"});
            break;
        case Kind::kDuration:
            write_type(out, {"string"});
            break;
        case Kind::kSize:
            write_type(out, {"integer", "string"});
            break;
        case Kind::kString:
            write_type(out, {"string", "number", "boolean"});
            break;
        case Kind::kChoice:
            out.key("enum").array();
            for (const std::string_view value : settings::split_choices(row.values))
                out.string(value);
            out.end();
            break;
        case Kind::kList:
            write_type(out, {"array", "string", "number"});
            break;
    }
    if (!row.fallback.empty()) out.key("default").string(row.fallback);
}

void write_schema(json::Writer& out, const Row& row) {
    out.object().key("description").string(row.text);
    if (!has_children(row)) {
        if (row.kind == Kind::kMap) {
            write_type(out, {"object", "null"});
        } else {
            write_plain(out, row);
        }
        out.end();
        return;
    }
    out.key("anyOf").array();
    out.object();
    write_properties(out, row.path);
    out.end();
    out.object();
    if (row.kind == Kind::kMap) {
        write_type(out, {"null"});
    } else {
        write_plain(out, row);
    }
    out.end().end().end();
}

}  // namespace

std::string settings_markdown() {
    std::string out(kIntroduction);
    std::string later;
    std::string_view section = "-";
    for (const Row& row : settings_table().rows()) {
        if (row.not_yet) {
            later += fmt::format("| `{}` | {} |\n", row.path, cell(row.text));
            continue;
        }
        const bool alone = !has_children(row) && row.path == section_of(row.path);
        const std::string_view own = alone ? std::string_view("workspace") : section_of(row.path);
        if (own != section) {
            section = own;
            out += fmt::format("\n## {}\n\n| key | takes | default | what |\n|---|---|---|---|\n",
                               own);
        }
        out += table_row(row);
    }
    return out + std::string(kLaterHeading) + later;
}

std::string json_schema() {
    std::string text;
    json::Writer out(text);
    out.object().key("$schema").string("https://json-schema.org/draft/2020-12/schema");
    out.key("title").string("volant.yaml");
    write_properties(out, "");
    out.end();
    return text + "\n";
}

}  // namespace volant::spec
