#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "core/clock.h"

namespace volant::cli {
namespace {

constexpr Micros kQuiet = 2 * kSecond;  // a short job shows no bar
constexpr Micros kRedrawEvery = 100 * kMillisecond;
constexpr Micros kPlainLineEvery = 5 * kSecond;
constexpr std::size_t kBarColumns = 24;
constexpr std::size_t kColumnsMin = 20;

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view value = environment(name);
        if (!value.empty())
            return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos;
    }
    return false;
}

std::string_view sequence(Colour colour) {
    switch (colour) {
        case Colour::kPlain:
            return "";
        case Colour::kBold:
            return "\x1b[1m";
        case Colour::kDim:
            return "\x1b[2m";
        case Colour::kGreen:
            return "\x1b[32m";
        case Colour::kYellow:
            return "\x1b[33m";
        case Colour::kRed:
            return "\x1b[31m";
        case Colour::kBlue:
            return "\x1b[34m";
    }
    return "";
}

bool looks_like_number(std::string_view cell) {
    return !cell.empty() &&
           (std::string_view("0123456789+-.").find(cell.front()) != std::string_view::npos);
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
    const std::string fill(width - std::min(width, display_width(cell)), ' ');
    return right ? fill + cell : cell + fill;
}

}  // namespace

Terminal Terminal::of(std::FILE* out) {
    Terminal terminal;
    terminal.out = out;
    terminal.now = monotonic_now;
    const bool capable = ::isatty(::fileno(out)) != 0 && environment("TERM") != "dumb";
    terminal.moving = capable && environment("NO_COLOR").empty();
    terminal.coloured = terminal.moving;
    terminal.utf8 = locale_is_utf8();
    winsize size{};
    if (capable && ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= kColumnsMin) {
        terminal.columns = size.ws_col;
    }
    return terminal;
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
    if (!coloured || colour == Colour::kPlain) return std::string(text);
    return fmt::format("{}{}\x1b[0m", sequence(colour), text);
}

Progress::Progress(Terminal terminal, std::string label, std::uint64_t total, std::string unit)
    : terminal_(std::move(terminal)),
      label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(terminal_.now()) {}

void Progress::update(std::uint64_t count) {
    count_ = count;
    const Micros now = terminal_.now();
    const Micros every = terminal_.moving ? kRedrawEvery : kPlainLineEvery;
    if (now - start_ < kQuiet || (drawn_ != 0 && now - drawn_ < every)) return;
    drawn_ = now;
    if (terminal_.moving) {
        const std::string text = cut_to_width(line(count, now), terminal_.columns - 1);
        fmt::print(terminal_.out, "\r\x1b[K{}", text);
    } else {
        fmt::print(terminal_.out, "{}\n", line(count, now));
    }
    std::fflush(terminal_.out);
}

void Progress::done() {
    if (finished_) return;
    finished_ = true;
    if (drawn_ == 0) return;
    const Micros took = terminal_.now() - start_;
    const double rate =
        static_cast<double>(count_) * kSecond / static_cast<double>(std::max<Micros>(took, 1));
    fmt::print(terminal_.out, "{}{}: {}{} in {} ({})\n", terminal_.moving ? "\r\x1b[K" : "", label_,
               format_count(count_), unit_.empty() ? "" : " " + unit_, format_seconds(took),
               format_rate(rate));
    std::fflush(terminal_.out);
}

std::string Progress::line(std::uint64_t count, Micros now) const {
    const double passed = static_cast<double>(std::max<Micros>(now - start_, 1)) / kSecond;
    const double rate = static_cast<double>(count) / passed;
    const std::string unit = unit_.empty() ? "" : " " + unit_;
    if (total_ == 0)
        return fmt::format("{}  {}{}  {}", label_, format_count(count), unit, format_rate(rate));
    const double part = std::min(1.0, static_cast<double>(count) / static_cast<double>(total_));
    const auto filled = static_cast<std::size_t>(part * kBarColumns);
    std::string bar(filled, '=');
    if (filled < kBarColumns) bar += '>';
    bar.resize(kBarColumns, ' ');
    std::string left;
    if (rate > 0 && count < total_) {
        const double seconds = static_cast<double>(total_ - count) / rate;
        left = fmt::format("  {} left", format_seconds(static_cast<Micros>(seconds * kSecond)));
    }
    return fmt::format("{}  [{}] {:3.0f}%  {} of {}{}  {}{}", label_, bar, 100 * part,
                       format_count(count), format_count(total_), unit, format_rate(rate), left);
}

void Screen::show(const std::vector<std::string>& lines) {
    if (!terminal_.moving) return;
    std::string out;
    if (shown_ > 0) out += fmt::format("\x1b[{}A", shown_);
    for (const std::string& line : lines)
        out += "\r\x1b[K" + cut_to_width(line, terminal_.columns - 1) + "\n";
    // A shorter block leaves no rest of the longer one before it.
    out += "\x1b[J";
    std::fputs(out.c_str(), terminal_.out);
    std::fflush(terminal_.out);
    shown_ = lines.size();
}

std::vector<std::string> Table::lines(const Terminal& terminal) const {
    std::size_t columns = header_.size();
    for (const auto& row : rows_) columns = std::max(columns, row.size());
    std::vector<std::size_t> width(columns, 0);
    std::vector<bool> right(columns, !rows_.empty());
    for (std::size_t c = 0; c < columns; ++c) {
        if (c < header_.size()) width[c] = display_width(header_[c]);
        for (const auto& row : rows_) {
            if (c >= row.size()) continue;
            width[c] = std::max(width[c], display_width(row[c]));
            if (!row[c].empty() && !looks_like_number(row[c])) right[c] = false;
        }
    }
    const auto joined = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (c > 0) out += "  ";
            out += padded(cells[c], width[c], right[c]);
        }
        out.erase(out.find_last_not_of(' ') + 1);
        return out;
    };
    std::vector<std::string> out;
    if (!header_.empty()) out.push_back(terminal.paint(Colour::kBold, joined(header_)));
    for (const auto& row : rows_) out.push_back(joined(row));
    return out;
}

void Table::print(const Terminal& terminal) const {
    for (const std::string& line : lines(terminal)) fmt::print(terminal.out, "{}\n", line);
}

}  // namespace volant::cli
