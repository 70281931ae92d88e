#include "core/logging.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "core/json_writer.h"
#include "core/nearest.h"

namespace volant::logging {
namespace {

class FileSink : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit FileSink(std::FILE* out) : out_(out) {}

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        std::fwrite(line.data(), 1, line.size(), out_);  // nothing can be said about a failure here
        std::fflush(out_);
    }
    void flush_() override { std::fflush(out_); }

  private:
    std::FILE* const out_;
};

struct State {
    std::shared_ptr<spdlog::logger> logger;
    bool json = false;
};

std::shared_ptr<const State> make_state(const Options& options) {
    constexpr const char* kText = "%Y-%m-%dT%H:%M:%S.%fZ %v";
    constexpr const char* kJson = R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":%v})";
    auto sink = std::make_shared<FileSink>(options.out);
    auto logger = std::make_shared<spdlog::logger>("volant", sink);
    logger->set_level(spdlog::level::trace);  // write() has looked at the level already
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        options.json ? kJson : kText, spdlog::pattern_time_type::utc, "\n"));
    return std::make_shared<const State>(State{std::move(logger), options.json});
}

std::atomic<Level> lowest{Level::kInfo};

// Read and replaced atomically: start() may be called while others write.
std::shared_ptr<const State>& shared_state() {
    static std::shared_ptr<const State> state = make_state({});
    return state;
}

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warn", "error", "off"};

// A value that would not read as one word stands in quotes, and a line break never ends a line
// early.
void append_word(std::string& out, std::string_view text) {
    const bool plain =
        !text.empty() && text.find_first_of(" \t\r\n\"=\\") == std::string_view::npos;
    if (plain) {
        out += text;
    } else {
        json::append_string(out, text);
    }
}

void append_text(std::string& out, const Field& field) {
    out += ' ';
    out += field.key;
    out += '=';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        append_word(out, *text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
        out += std::to_string(*integer);
    } else if (const auto* number = std::get_if<double>(&field.value)) {
        json::append_number(out, *number);
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

void append_json(std::string& out, const Field& field) {
    out += ',';
    json::append_string(out, field.key);
    out += ':';
    json::Writer writer(out);
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        writer.string(*text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
        writer.integer(*integer);
    } else if (const auto* number = std::get_if<double>(&field.value)) {
        writer.number(*number);
    } else {
        writer.boolean(std::get<bool>(field.value));
    }
}

// A message's own line breaks are escaped as in a string, without the quotes.
std::string one_line(std::string_view message) {
    if (message.find_first_of("\r\n") == std::string_view::npos) return std::string(message);
    std::string quoted;
    json::append_string(quoted, message);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

void start(const Options& options) {
    std::atomic_store(&shared_state(), make_state(options));
    lowest.store(options.level, std::memory_order_relaxed);
}

bool enabled(Level level) {
    return level >= lowest.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view message, Fields fields) {
    if (!enabled(level)) return;
    const std::shared_ptr<const State> state = std::atomic_load(&shared_state());
    std::string line(kLevelNames[static_cast<std::size_t>(level)]);
    if (state->json) {
        line = '"' + line + "\",\"message\":";
        json::append_string(line, message);
        for (const Field& field : fields) append_json(line, field);
    } else {
        line.resize(6, ' ');
        line += one_line(message);
        for (const Field& field : fields) append_text(line, field);
    }
    state->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void error(std::string_view message, const Error& cause) {
    const std::string_view code = error_row(cause.code).name;
    if (cause.hint.empty()) {
        error(message, {{"code", code}, {"reason", cause.message}});
    } else {
        error(message, {{"code", code}, {"reason", cause.message}, {"hint", cause.hint}});
    }
}

Result<Level> level_named(std::string_view name) {
    for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
        if (kLevelNames[i] == name) return static_cast<Level>(i);
    }
    return fail(Code::kUsage, "unknown log level \"" + std::string(name) + "\"", {},
                name_hint(name, kLevelNames));
}

}  // namespace volant::logging
