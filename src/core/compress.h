// gzip and zstd, in memory and as streams. zlib and zstd are included in compress.cpp alone.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace volant {

enum class Encoding { kIdentity, kGzip, kZstd };

// By the names of Content-Encoding, in any case: gzip x-gzip zstd identity and nothing.
// Errors: kUnsupportedMediaType.
Result<Encoding> encoding_named(std::string_view name);
// By the first bytes; four are enough.
Encoding encoding_of(std::string_view head);
std::string_view encoding_name(Encoding encoding);

// The whole of `bytes` inflated; several gzip members or zstd frames in a row are one text.
// Errors: kTooLarge as soon as the output would exceed `bytes_max` (no more than that is ever
// held), kInvalidJson for damaged or cut input.
Result<std::string> inflate(Encoding encoding, std::string_view bytes, std::size_t bytes_max);

// Levels as the libraries have them; 1 is fast, and the defaults suit text over a network.
std::string gzip(std::string_view bytes, int level = 6);
std::string zstd(std::string_view bytes, int level = 3);

// Inflates piece by piece. Threads: one Inflater a thread.
class Inflater {
  public:
    struct Step {
        std::size_t consumed = 0;  // of the input
        std::size_t produced = 0;  // bytes written to the output
        bool between = false;      // a member or frame has just ended: the text may end here
    };

    virtual ~Inflater() = default;
    // Reads from `in`, writes at most `room` bytes to `out`. Makes progress whenever there is input
    // or pending output, and room. Errors: kCorrupt.
    virtual Result<Step> step(std::string_view in, char* out, std::size_t room) = 0;
};

// `encoding` is not kIdentity.
std::unique_ptr<Inflater> make_inflater(Encoding encoding);

}  // namespace volant
