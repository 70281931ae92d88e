// libFuzzer target: whatever rows are read from a text, writing them with quotes and reading that
// gives the same rows. The first two bytes choose the options.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/import/delimited.h"

namespace {

using namespace volant;
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

Result<Rows> read(std::string_view bytes, const collect::DelimitedOptions& options,
                  const std::string& encoding) {
    const MemoryFile file(bytes);
    VOLANT_TRY(collect::TextSource text, collect::TextSource::open(file.path(), encoding));
    VOLANT_TRY(const std::unique_ptr<collect::RowSource> source,
               collect::open_delimited(std::move(text), options));
    Rows rows;
    collect::Row row;
    for (std::uint64_t line = 0;; line = row.line) {
        VOLANT_TRY(const bool any, source->next(row));
        if (!any) return rows;
        VOLANT_CHECK(row.line > line);
        if (!row.problem.empty()) continue;
        VOLANT_CHECK(row.cells.size() == source->columns().size());
        std::vector<std::string>& cells = rows.emplace_back();
        for (const collect::Cell& cell : row.cells) cells.emplace_back(cell.text);
    }
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    collect::DelimitedOptions options;
    options.quotes = (data[0] & 1) != 0;
    options.header = (data[0] & 2) != 0;
    if ((data[0] & 4) != 0) options.delimiter = ";\t,|"[data[1] & 3];
    const char* const encoding = (data[0] & 8) != 0 ? "gb18030" : "utf-8";
    const auto rows = read({reinterpret_cast<const char*>(data) + 2, size - 2}, options, encoding);
    if (!rows.ok() || rows->empty()) return 0;
    const auto back =
        read(written(*rows), {.delimiter = ',', .quotes = true, .header = false}, "utf-8");
    if (rows->front().size() == 1) return 0;  // a row that is one empty field looks blank
    VOLANT_CHECK(back.ok());
    VOLANT_CHECK(*back == *rows);
    return 0;
}
