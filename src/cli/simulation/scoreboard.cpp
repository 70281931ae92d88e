#include "cli/simulation/scoreboard.h"

#include <algorithm>
#include <cmath>

namespace volant::cli::simulation {
namespace {

constexpr double kZ95 = 1.959963984540054;

double ratio(std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

// How far a reader's opens are from what the common rate would give.
double residual(const Tally::Cell& cell, double rate) {
    return cell.opened - rate * cell.shown;
}

Tally::Cell cell_of(const Tally& tally, std::size_t reader) {
    return reader < tally.cells().size() ? tally.cells()[reader] : Tally::Cell{};
}

void join(Turn& into, const Turn& from) {
    for (std::size_t a = 0; a < kArms; ++a) into.arms[a].add(from.arms[a]);
    into.optimum_opens += from.optimum_opens;
    into.optimum_shown += from.optimum_shown;
}

}  // namespace

std::string_view arm_name(Arm arm) {
    switch (arm) {
        case Arm::kLearned:
            return "learned";
        case Arm::kPopularity:
            return "popularity";
        case Arm::kRandom:
            return "random";
    }
    return "";
}

void Tally::add(std::uint32_t reader, std::uint32_t shown, std::uint32_t opened) {
    if (reader >= cells_.size()) cells_.resize(reader + 1);
    cells_[reader].shown += shown;
    cells_[reader].opened += opened;
    shown_ += shown;
    opened_ += opened;
}

void Tally::add(const Tally& other) {
    for (std::uint32_t reader = 0; reader < other.cells_.size(); ++reader) {
        const Cell& cell = other.cells_[reader];
        if (cell.shown > 0) add(reader, cell.shown, cell.opened);
    }
}

std::optional<Estimate> Tally::rate() const {
    measure::ClusterSums sums;
    for (std::size_t reader = 0; reader < cells_.size(); ++reader) {
        if (cells_[reader].shown > 0) sums.add(reader, cells_[reader].opened, cells_[reader].shown);
    }
    Estimate rate = sums.estimate();
    if (rate.clusters < 2) return std::nullopt;
    rate.low = std::max(0.0, rate.low);
    rate.high = std::min(1.0, rate.high);
    return rate;
}

std::optional<Estimate> lift(const Tally& a, const Tally& b) {
    if (a.opened() == 0 || b.opened() == 0) return std::nullopt;
    const double rate_a = ratio(a.opened(), a.shown());
    const double rate_b = ratio(b.opened(), b.shown());
    double squares = 0;
    double readers = 0;
    for (std::size_t i = 0; i < std::max(a.cells().size(), b.cells().size()); ++i) {
        const Tally::Cell cell_a = cell_of(a, i);
        const Tally::Cell cell_b = cell_of(b, i);
        if (cell_a.shown + cell_b.shown == 0) continue;
        readers += 1;
        // The reader's part in the logarithm of the ratio, to first order.
        const double part = residual(cell_a, rate_a) / static_cast<double>(a.opened()) -
                            residual(cell_b, rate_b) / static_cast<double>(b.opened());
        squares += part * part;
    }
    if (readers < 2) return std::nullopt;
    const double error = std::sqrt(squares * readers / (readers - 1));
    Estimate out;
    out.mean = rate_a / rate_b;
    out.low = out.mean * std::exp(-kZ95 * error);
    out.high = out.mean * std::exp(kZ95 * error);
    out.standard_error = out.mean * error;
    out.count = static_cast<double>(a.shown() + b.shown());
    out.clusters = readers;
    return out;
}

double Turn::optimum() const {
    return optimum_shown == 0 ? 0 : optimum_opens / static_cast<double>(optimum_shown);
}

void Scoreboard::begin(Micros time, std::int64_t version) {
    if (turns_.size() == kTurnsMax) {
        // Never mixes what came before the first version with what came after.
        const std::size_t at = (turns_[0].version > 0) == (turns_[1].version > 0) ? 0 : 1;
        join(turns_[at], turns_[at + 1]);
        turns_[at].version = turns_[at + 1].version;
        turns_.erase(turns_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    turns_.emplace_back();
    turns_.back().version = version;
    turns_.back().start = time;
}

void Scoreboard::add(Micros time, std::uint32_t reader, Arm arm, std::int64_t version,
                     std::uint32_t shown, std::uint32_t opened, double optimum_opens) {
    const std::int64_t serving = turns_.empty() ? 0 : turns_.back().version;
    const std::int64_t now = arm == Arm::kLearned ? version : serving;
    if (turns_.empty() || now != serving || time / kDay != turns_.back().start / kDay)
        begin(time, now);
    Turn& turn = turns_.back();
    turn.arms[static_cast<std::size_t>(arm)].add(reader, shown, opened);
    turn.optimum_opens += optimum_opens;
    turn.optimum_shown += shown;
}

bool Scoreboard::learned() const {
    return std::any_of(turns_.begin(), turns_.end(),
                       [](const Turn& turn) { return turn.version > 0; });
}

Turn Scoreboard::total() const {
    const bool since_learned = learned();
    Turn total;
    for (const Turn& turn : turns_) {
        if (since_learned && turn.version == 0) continue;
        if (total.start == 0) total.start = turn.start;
        total.version = turn.version;
        join(total, turn);
    }
    return total;
}

}  // namespace volant::cli::simulation
