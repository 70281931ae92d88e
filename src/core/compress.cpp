#include "core/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "core/text.h"

namespace volant {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header and checksum
// zstd frames may ask for windows up to 2 GiB; a server takes no more than this for one.
constexpr int kZstdWindowLogMax = 25;

uInt as_uint(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipInflater : public Inflater {
  public:
    GzipInflater() { VOLANT_CHECK(inflateInit2(&stream_, kGzipWindow) == Z_OK); }
    ~GzipInflater() override { inflateEnd(&stream_); }
    GzipInflater(const GzipInflater&) = delete;
    GzipInflater& operator=(const GzipInflater&) = delete;

    Result<Step> step(std::string_view in, char* out, std::size_t room) override {
        if (ended_ && !in.empty()) {  // another member follows
            VOLANT_CHECK(inflateReset(&stream_) == Z_OK);
            ended_ = false;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = as_uint(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = as_uint(room);
        const uInt in_before = stream_.avail_in, out_before = stream_.avail_out;
        const int code = ::inflate(&stream_, Z_NO_FLUSH);
        if (code == Z_STREAM_END) {
            ended_ = true;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return fail(Code::kCorrupt,
                        std::string("damaged gzip data: ") +
                            (stream_.msg != nullptr ? stream_.msg : "no more is known"));
        }
        return Step{in_before - stream_.avail_in, out_before - stream_.avail_out, ended_};
    }

  private:
    z_stream stream_{};
    bool ended_ = false;
};

class ZstdInflater : public Inflater {
  public:
    ZstdInflater() : stream_(ZSTD_createDStream()) {
        VOLANT_CHECK(stream_ != nullptr);
        ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
    ~ZstdInflater() override { ZSTD_freeDStream(stream_); }
    ZstdInflater(const ZstdInflater&) = delete;
    ZstdInflater& operator=(const ZstdInflater&) = delete;

    Result<Step> step(std::string_view in, char* out, std::size_t room) override {
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        ZSTD_outBuffer output{out, room, 0};
        const std::size_t left = ZSTD_decompressStream(stream_, &output, &input);
        if (ZSTD_isError(left) != 0) {
            return fail(Code::kCorrupt,
                        std::string("damaged zstd data: ") + ZSTD_getErrorName(left));
        }
        return Step{input.pos, output.pos, left == 0};
    }

  private:
    ZSTD_DStream* const stream_;
};

}  // namespace

Result<Encoding> encoding_named(std::string_view name) {
    if (name.empty() || equal_ignoring_case(name, "identity")) return Encoding::kIdentity;
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip"))
        return Encoding::kGzip;
    if (equal_ignoring_case(name, "zstd")) return Encoding::kZstd;
    return fail(Code::kUnsupportedMediaType, "found content encoding \"" +
                                                 std::string(utf8_prefix(name, 40)) +
                                                 "\", expected gzip, zstd or identity");
}

Encoding encoding_of(std::string_view head) {
    if (head.starts_with("\x1f\x8b")) return Encoding::kGzip;
    if (head.starts_with("\x28\xb5\x2f\xfd")) return Encoding::kZstd;
    return Encoding::kIdentity;
}

std::string_view encoding_name(Encoding encoding) {
    switch (encoding) {
        case Encoding::kGzip:
            return "gzip";
        case Encoding::kZstd:
            return "zstd";
        default:
            return "identity";
    }
}

std::unique_ptr<Inflater> make_inflater(Encoding encoding) {
    VOLANT_CHECK(encoding != Encoding::kIdentity);
    if (encoding == Encoding::kGzip) return std::make_unique<GzipInflater>();
    return std::make_unique<ZstdInflater>();
}

Result<std::string> inflate(Encoding encoding, std::string_view bytes, std::size_t bytes_max) {
    const auto too_large = [&] {
        return fail(Code::kTooLarge,
                    "the body inflates to more than " + std::to_string(bytes_max) + " bytes");
    };
    if (encoding == Encoding::kIdentity) {
        if (bytes.size() > bytes_max) return too_large();
        return std::string(bytes);
    }
    const auto inflater = make_inflater(encoding);
    constexpr std::size_t kLeast = 4096;
    std::string out;
    std::size_t size = 0;
    bool whole = false;
    for (;;) {
        if (size ==
            out.size()) {  // grow by doubling; one byte past the limit shows that it is passed
            const std::size_t wanted = std::max({kLeast, 4 * bytes.size(), 2 * out.size()});
            out.resize(std::min(wanted, bytes_max + 1));
        }
        auto step = inflater->step(bytes, out.data() + size, out.size() - size);
        if (!step.ok()) return fail(Code::kInvalidJson, std::move(step).error().message);
        bytes.remove_prefix(step->consumed);
        size += step->produced;
        whole = step->between;
        if (size > bytes_max) return too_large();
        if (bytes.empty() && whole) break;
        if (step->consumed == 0 && step->produced == 0) {
            return fail(Code::kInvalidJson,
                        "the " + std::string(encoding_name(encoding)) + " body is cut short");
        }
    }
    out.resize(size);
    return out;
}

std::string gzip(std::string_view bytes, int level) {
    z_stream stream{};
    constexpr int kMemory = 8;  // zlib's default
    VOLANT_CHECK(
        deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out;
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        constexpr std::size_t kPiece = 1u << 16;
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream.avail_in = as_uint(bytes.size());
        const std::size_t before = out.size();
        out.resize(before +
                   std::min(kPiece, static_cast<std::size_t>(deflateBound(&stream, bytes.size()))));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = as_uint(out.size() - before);
        const uInt given = stream.avail_in;
        code = deflate(&stream, given == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
        VOLANT_CHECK(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
        bytes.remove_prefix(given - stream.avail_in);
        out.resize(out.size() - stream.avail_out);
    }
    deflateEnd(&stream);
    return out;
}

std::string zstd(std::string_view bytes, int level) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
    VOLANT_CHECK(ZSTD_isError(size) == 0);
    out.resize(size);
    return out;
}

}  // namespace volant
