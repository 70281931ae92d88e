#include "collect/import/text_source.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "collect/import/binary_kind.h"
#include "core/input_file.h"
#include "core/nearest.h"
#include "core/text.h"

namespace volant::collect {
namespace {

struct EncodingRow {
    std::string_view name;
    const char* glibc;  // nullptr: no transcoding
};
constexpr EncodingRow kEncodings[] = {
    {"utf-8", nullptr},         {"utf8", nullptr},     {"gb18030", "GB18030"},
    {"gbk", "GB18030"},         {"gb2312", "GB18030"}, {"big5", "BIG5-HKSCS"},
    {"shift_jis", "CP932"},     {"euc-kr", "CP949"},   {"utf-16", "UTF-16"},
    {"latin-1", "LATIN1"},      {"latin1", "LATIN1"},  {"iso-8859-1", "LATIN1"},
    {"windows-1252", "CP1252"}, {"cp1252", "CP1252"},
};

Status refuse_binary(std::string_view head) {
    const auto kind = binary_kind(head);
    if (!kind) return {};
    return fail(
        Code::kUnsupportedMediaType, "not a text file: found " + std::string(*kind), {},
        "expected CSV, TSV, NDJSON, a JSON array or Vowpal Wabbit text, plain, .gz or .zst");
}

bool ends_lines_with_cr(std::string_view head) {
    const std::size_t cr = head.find('\r');
    // A CR at the end may have its LF in the next piece.
    return head.find('\n') == std::string_view::npos && cr < head.size() - 1;
}

constexpr std::size_t kPiece = 64u << 10;

Result<const EncodingRow*> encoding_row(const std::string& name) {
    std::vector<std::string_view> names;
    for (const EncodingRow& row : kEncodings) {
        if (equal_ignoring_case(row.name, name)) return &row;
        names.push_back(row.name);
    }
    return fail(Code::kUnsupportedMediaType, "unknown encoding \"" + name + "\"", {},
                name_hint(name, names));
}

// iconv with what it left over from the last piece.
class Transcoder {
  public:
    explicit Transcoder(const char* from) : handle_(::iconv_open("UTF-8", from)) {
        VOLANT_CHECK(handle_ != reinterpret_cast<iconv_t>(-1));
    }
    ~Transcoder() { ::iconv_close(handle_); }
    Transcoder(const Transcoder&) = delete;
    Transcoder& operator=(const Transcoder&) = delete;

    // Appends `piece` to `text`; at the `last` one a character that was cut is unknown too.
    void append(std::string_view piece, bool last, std::string& text) {
        rest_.append(piece);
        char* in = rest_.data();
        std::size_t in_left = rest_.size();
        char buffer[16u << 10];
        while (in_left > 0) {
            char* out = buffer;
            std::size_t out_left = sizeof buffer;
            const std::size_t code = ::iconv(handle_, &in, &in_left, &out, &out_left);
            const int reason = errno;
            text.append(buffer, static_cast<std::size_t>(out - buffer));
            if (code != static_cast<std::size_t>(-1) || reason == E2BIG) continue;
            if (reason == EINVAL && !last) break;  // the next piece completes it
            text += '\xff';
            ++in;
            --in_left;
        }
        rest_.erase(0, rest_.size() - in_left);
    }

  private:
    const iconv_t handle_;
    std::string rest_;
};

}  // namespace

struct TextSource::State {
    explicit State(InputFile opened) : file(std::move(opened)) {}

    InputFile file;
    std::unique_ptr<Transcoder> transcoder;
    bool wide = false;  // the encoding has zero bytes
    std::string piece;
    bool begun = false;
    bool cr_lines = false;  // they end in CR alone, as on old Macs
    bool ended = false;
};

TextSource::TextSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextSource::TextSource(TextSource&&) noexcept = default;
TextSource& TextSource::operator=(TextSource&&) noexcept = default;
TextSource::~TextSource() = default;

Result<TextSource> TextSource::open(const std::string& path, const std::string& encoding) {
    VOLANT_TRY(const EncodingRow* row, encoding_row(encoding));
    VOLANT_TRY(InputFile file, InputFile::open(path));
    auto state = std::make_unique<State>(std::move(file));
    state->wide = row->name == "utf-16";
    if (row->glibc != nullptr) state->transcoder = std::make_unique<Transcoder>(row->glibc);
    return TextSource(std::move(state));
}

Result<bool> TextSource::read(std::string& text) {
    State& s = *state_;
    if (s.ended) return false;
    const std::size_t before = text.size();
    if (s.transcoder) {
        s.piece.resize(kPiece);
        VOLANT_TRY(const std::size_t size, s.file.read(s.piece.data(), kPiece));
        if (!s.begun && !s.wide) VOLANT_OK(refuse_binary({s.piece.data(), size}));
        s.ended = size == 0;
        s.transcoder->append({s.piece.data(), size}, s.ended, text);
    } else {
        text.resize(before + kPiece);
        auto size = s.file.read(text.data() + before, kPiece);
        text.resize(before + (size.ok() ? *size : 0));
        if (!size.ok()) return std::move(size).error();
        s.ended = *size == 0;
        if (!s.begun) VOLANT_OK(refuse_binary(std::string_view(text).substr(before)));
    }
    if (!s.begun && text.size() > before) {
        s.begun = true;
        if (std::string_view(text).substr(before).starts_with("\xef\xbb\xbf"))
            text.erase(before, 3);
        s.cr_lines = ends_lines_with_cr(std::string_view(text).substr(before));
    }
    if (s.cr_lines)
        std::replace(text.begin() + static_cast<std::ptrdiff_t>(before), text.end(), '\r', '\n');
    return !s.ended || text.size() > before;
}

std::uint64_t TextSource::bytes_read() const {
    return state_->file.bytes_read();
}
std::uint64_t TextSource::bytes_total() const {
    return state_->file.bytes_total();
}

}  // namespace volant::collect
