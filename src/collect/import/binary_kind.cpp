#include "collect/import/binary_kind.h"

namespace volant::collect {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
    std::string_view bytes, kind;
};
constexpr Magic kMagics[] = {
    {"PK\x03\x04"sv, "a zip archive (an Excel workbook?)"},
    {"\xd0\xcf\x11\xe0"sv, "an old Office file (an Excel workbook?)"},
    {"%PDF-"sv, "a PDF document"},
    {"PAR1"sv, "a Parquet file"},
    {"ARROW1"sv, "an Arrow file"},
    {"Obj\x01"sv, "an Avro file"},
    {"SQLite format 3\0"sv, "an SQLite database"},
    {"\x89HDF"sv, "an HDF5 file"},
    {"BZh"sv, "a bzip2 archive"},
    {"\xfd"
     "7zXZ"sv,
     "an xz archive"},
    {"7z\xbc\xaf"sv, "a 7z archive"},
    {"\x89PNG"sv, "a PNG image"},
    {"\xff\xd8\xff"sv, "a JPEG image"},
    {"\xff\xfe"sv, "UTF-16 text (--encoding utf-16)"},
    {"\xfe\xff"sv, "UTF-16 text (--encoding utf-16)"},
};
constexpr std::size_t kSearched = 4096;  // for a zero byte

}  // namespace

std::optional<std::string_view> binary_kind(std::string_view head) {
    for (const Magic& magic : kMagics) {
        if (head.starts_with(magic.bytes)) return magic.kind;
    }
    if (head.substr(0, kSearched).find('\0') != std::string_view::npos)
        return "bytes that are no text";
    return {};
}

}  // namespace volant::collect
