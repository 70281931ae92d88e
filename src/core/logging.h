// What the program says about itself, to stderr: one line a message, as text or as JSON.
//
//     logging::info("listening", {{"address", "127.0.0.1"}, {"port", 7700}});
//
//     2026-11-24T10:00:00.000000Z info  listening address=127.0.0.1 port=7700
//     {"time":"2026-11-24T10:00:00.000000Z","level":"info","message":"listening","address":"127.0.0.1","port":7700}
//
// Results of commands go to stdout, not here. Never log what a person sent: ids of people and their
// properties stay out. Threads: any. A message below the level costs one comparison.
#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "core/result.h"

namespace volant::logging {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

struct Options {
    Level level = Level::kInfo;
    bool json = false;
    std::FILE* out = stderr;  // must outlive the last message
};

// Before the first message of other threads; may be called again. Until then: text, kInfo, stderr.
void start(const Options& options);

struct Field {
    template <class T>
    Field(std::string_view name, const T& v) : key(name) {
        if constexpr (std::is_same_v<T, bool>) {
            value = v;
        } else if constexpr (std::is_floating_point_v<T>) {
            value = static_cast<double>(v);
        } else if constexpr (std::is_integral_v<T>) {
            value = static_cast<std::int64_t>(v);
        } else {
            value = std::string_view(v);
        }
    }
    std::string_view key;
    std::variant<bool, std::int64_t, double, std::string_view> value;
};
using Fields = std::initializer_list<Field>;

bool enabled(Level level);
void write(Level level, std::string_view message, Fields fields = {});

inline void debug(std::string_view message, Fields fields = {}) {
    if (enabled(Level::kDebug)) write(Level::kDebug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    if (enabled(Level::kInfo)) write(Level::kInfo, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
    if (enabled(Level::kWarn)) write(Level::kWarn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    if (enabled(Level::kError)) write(Level::kError, message, fields);
}
// The message with the error's code, text and hint as fields.
void error(std::string_view message, const Error& cause);

// kUsage for a name that is not debug, info, warn, error or off.
Result<Level> level_named(std::string_view name);

}  // namespace volant::logging
