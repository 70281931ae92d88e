// Terminal: how the command line talks to a person. Results go to stdout, progress and notes to
// stderr; colours and moving lines only where a terminal shows them (NO_COLOR and TERM=dumb are
// obeyed).
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace volant::cli {

enum class Colour : std::uint8_t { kPlain, kBold, kDim, kGreen, kYellow, kRed, kBlue };

// What one output stream can do.
struct Terminal {
    std::FILE* out = stderr;
    bool moving = false;  // lines may be rewritten
    bool coloured = false;
    bool utf8 = false;
    std::size_t columns = 80;
    std::function<Micros()> now;  // monotonic

    // Asks the environment about `out`.
    static Terminal of(std::FILE* out);
    std::string paint(Colour colour, std::string_view text) const;
};

// A bar with rate and time left, for anything that may take longer than two seconds:
//
//   import events  [=========>          ]  47%  254,912 of 541,909  81,204/s  3s left
//
// Shows nothing in the first two seconds; then redraws at most ten times a second, or, where lines
// cannot be rewritten, prints one at most every five seconds. The destructor or done() ends the
// line.
class Progress {
  public:
    // `total` 0: unknown; then a counter with its rate.
    Progress(Terminal terminal, std::string label, std::uint64_t total = 0, std::string unit = "");
    ~Progress() { done(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void update(std::uint64_t count);
    void total(std::uint64_t total) { total_ = total; }
    // The last line stays: what was done and how long it took. Nothing if nothing was ever shown.
    void done();

  private:
    std::string line(std::uint64_t count, Micros now) const;

    Terminal terminal_;
    std::string label_;
    std::string unit_;
    std::uint64_t total_;
    std::uint64_t count_ = 0;
    Micros start_;
    Micros drawn_ = 0;  // when; 0 = never
    bool finished_ = false;
};

// A block of lines that is redrawn in place, for a live view. Where lines cannot be rewritten
// show() does nothing and the caller prints lines of its own.
class Screen {
  public:
    explicit Screen(Terminal terminal) : terminal_(std::move(terminal)) {}
    // Replaces what was shown before. Lines are cut at the terminal's width.
    void show(const std::vector<std::string>& lines);
    // What is shown stays; the next show() starts below it.
    void keep() { shown_ = 0; }

  private:
    Terminal terminal_;
    std::size_t shown_ = 0;
};

// A table with aligned columns, two spaces apart: numbers (cells that start with a digit or a sign)
// to the right, text to the left.
class Table {
  public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }
    std::vector<std::string> lines(const Terminal& terminal) const;
    void print(const Terminal& terminal) const;

  private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

// Columns that `text` takes on screen: UTF-8 code points outside colour sequences (wide characters
// count 2).
std::size_t display_width(std::string_view text);
// Cut to at most `columns`, colour sequences kept whole and ended.
std::string cut_to_width(std::string_view text, std::size_t columns);

std::string format_count(std::uint64_t n);      // "1,234,567"
std::string format_rate(double per_second);     // "81,204/s", "0.52/s"
std::string format_bytes(std::uint64_t bytes);  // "1.4 MiB"
std::string format_seconds(Micros duration);    // "0.4s", "3s", "2m 05s", "1h 20m"
std::string format_percent(double ratio);       // "11.8%"
std::string format_interval(double value, double low,
                            double high);  // percent: "11.8% [11.2, 12.4]"
std::string format_lift(double ratio);     // "+63.1%" for 1.631, "-4.0%" for 0.96

}  // namespace volant::cli
