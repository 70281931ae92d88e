#include "collect/open_rows.h"

#include "collect/import/delimited.h"
#include "collect/import/ndjson_rows.h"
#include "collect/import/vw_rows.h"
#include "core/nearest.h"
#include "core/text.h"

namespace volant::collect {
namespace {

constexpr std::string_view kFormats[] = {"csv", "tsv", "ndjson", "vw"};

struct Ending {
    std::string_view ending, format;
};
constexpr Ending kEndings[] = {
    {".csv", "csv"}, {".tsv", "tsv"},      {".tab", "tsv"},     {".ndjson", "ndjson"},
    {".vw", "vw"},   {".jsonl", "ndjson"}, {".json", "ndjson"},
};

std::string_view format_by_name(std::string_view name) {
    for (const std::string_view packed : {".gz", ".zst"}) {
        if (name.ends_with(packed)) name.remove_suffix(packed.size());
    }
    for (const Ending& row : kEndings) {
        if (name.ends_with(row.ending)) return row.format;
    }
    return {};
}

bool begins_json_array(std::string_view head) {
    head = trimmed(head);
    if (!head.starts_with('[')) return false;
    head = trimmed(head.substr(1));
    return head.empty() || head.starts_with('{') || head.starts_with(']');
}

// An object at the front is NDJSON, as is an array of objects; a bar that opens a namespace without
// a comma before it is VW.
std::string_view format_by_head(std::string_view head) {
    head = trimmed(head);
    if (head.starts_with('{') || begins_json_array(head)) return "ndjson";
    const std::string_view line = head.substr(0, head.find('\n'));
    const std::size_t bar = line.find('|');
    const bool numbers =
        bar != std::string_view::npos && bar > 0 &&
        line.substr(0, bar).find_first_not_of("0123456789.+- '") == std::string_view::npos &&
        line[bar - 1] == ' ';
    return numbers || line.starts_with('|') ? "vw" : "csv";
}

Result<std::string> read_head(const std::string& path, const ImportOptions& options) {
    VOLANT_TRY(TextSource text, TextSource::open(path, options.encoding));
    std::string head;
    VOLANT_TRY(const bool any, text.read(head));
    (void)any;
    return head;
}

Result<std::string> chosen_format(const std::string& path, const ImportOptions& options) {
    if (!options.format.empty()) {
        for (const std::string_view format : kFormats) {
            if (options.format == format) return options.format;
        }
        return fail(Code::kUsage, "unknown format \"" + options.format + "\"", {},
                    name_hint(options.format, kFormats));
    }
    if (options.delimiter) return std::string("csv");
    if (const std::string_view format = format_by_name(path); !format.empty())
        return std::string(format);
    VOLANT_TRY(const std::string head, read_head(path, options));
    return std::string(format_by_head(head));
}

}  // namespace

Result<std::unique_ptr<RowSource>> open_rows(const std::string& path,
                                             const ImportOptions& options) {
    if (path == "-") {
        return fail(Code::kUsage, "the file is read twice, so standard input cannot be one");
    }
    VOLANT_TRY(const std::string format, chosen_format(path, options));
    VOLANT_TRY(TextSource text, TextSource::open(path, options.encoding));
    if (format == "ndjson") {
        VOLANT_TRY(const std::string head, read_head(path, options));
        return begins_json_array(head) ? open_json_array(std::move(text))
                                       : open_ndjson(std::move(text));
    }
    if (format == "vw") return open_vw(std::move(text));
    DelimitedOptions delimited;
    delimited.header = options.header;
    delimited.quotes = options.quotes.value_or(format != "tsv");
    delimited.delimiter = options.delimiter;
    if (!delimited.delimiter && format == "tsv") delimited.delimiter = '\t';
    return open_delimited(std::move(text), delimited);
}

}  // namespace volant::collect
