// Whatever a file of rows holds: it is read to its end or refused, whole rows alone give cells, and
// rows of CSV that are written with quotes read back the same. The first two bytes choose the
// format and its options.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/column_profile.h"
#include "collect/import/delimited.h"
#include "collect/import/ndjson_rows.h"
#include "collect/import/vw_rows.h"

namespace volant::collect {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// A file in memory, with a path.
class MemoryFile {
  public:
    explicit MemoryFile(std::string_view bytes) : descriptor_(::memfd_create("rows", 0)) {
        VOLANT_CHECK(descriptor_ >= 0);
        VOLANT_CHECK(::write(descriptor_, bytes.data(), bytes.size()) ==
                     static_cast<ssize_t>(bytes.size()));
    }
    ~MemoryFile() { ::close(descriptor_); }
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  private:
    const int descriptor_;
};

Result<Rows> read_all(RowSource& source, bool ragged) {
    Rows rows;
    std::vector<ColumnProfile> profiles;
    Row row;
    for (std::uint64_t line = 0;; line = row.line) {
        VOLANT_TRY(const bool any, source.next(row));
        if (!any) return rows;
        VOLANT_CHECK(row.line > line);
        if (!row.problem.empty()) continue;
        VOLANT_CHECK(ragged || row.cells.size() == source.columns().size());
        profiles.resize(source.columns().size());
        std::vector<std::string>& cells = rows.emplace_back();
        for (const Cell& cell : row.cells) {
            VOLANT_CHECK(cell.column < profiles.size());
            profiles[cell.column].observe(cell);
            cells.emplace_back(cell.text);
        }
    }
}

Result<Rows> read(std::string_view bytes, const DelimitedOptions& options,
                  const std::string& encoding) {
    const MemoryFile file(bytes);
    VOLANT_TRY(TextSource text, TextSource::open(file.path(), encoding));
    VOLANT_TRY(const std::unique_ptr<RowSource> source, open_delimited(std::move(text), options));
    return read_all(*source, false);
}

void read_typed(std::string_view bytes, std::unique_ptr<RowSource> (*open)(TextSource)) {
    const MemoryFile file(bytes);
    auto text = TextSource::open(file.path(), "utf-8");
    VOLANT_CHECK(text.ok() || text.error().code == Code::kCorrupt);
    if (text.ok()) (void)read_all(*open(*std::move(text)), true).ok();
}

std::string written(const Rows& rows) {
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += i == 0 ? "\"" : ",\"";
            for (const char c : row[i]) text += c == '"' ? "\"\"" : std::string(1, c);
            text += '"';
        }
        text += "\r\n";
    }
    return text;
}

int check(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    if ((data[0] & 0x30) == 0x10) return read_typed(bytes, &open_ndjson), 0;
    if ((data[0] & 0x30) == 0x20) return read_typed(bytes, &open_vw), 0;
    DelimitedOptions options;
    options.quotes = (data[0] & 1) != 0;
    options.header = (data[0] & 2) != 0;
    if ((data[0] & 4) != 0) options.delimiter = ";\t,|"[data[1] & 3];
    const char* const encoding = (data[0] & 8) != 0 ? "gb18030" : "utf-8";
    const auto rows = read(bytes, options, encoding);
    if (!rows.ok() || rows->empty()) return 0;
    const auto back =
        read(written(*rows), {.delimiter = ',', .quotes = true, .header = false}, "utf-8");
    if (rows->front().size() == 1) return 0;  // a row that is one empty field looks blank
    VOLANT_CHECK(back.ok());
    VOLANT_CHECK(*back == *rows);
    return 0;
}

}  // namespace
}  // namespace volant::collect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return volant::collect::check(data, size);
}
