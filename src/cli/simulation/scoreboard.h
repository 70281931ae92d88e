// Scoreboard: how often what was shown was opened, by arm and by turn of the wheel.
//
// A turn is the time during which one version served the learned arm; turn 0 is before any did.
// Arms are compared within the same turns only, so that nothing but the arm differs. Readers differ
// in how much they open, so all intervals are clustered by reader: they treat readers, not
// showings, as independent. Threads: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "measure/cluster_sums.h"

namespace volant::cli::simulation {

enum class Arm : std::uint8_t { kLearned, kPopularity, kRandom };
inline constexpr std::size_t kArms = 3;
std::string_view arm_name(Arm arm);

using measure::Estimate;

// Books shown and opened, by reader.
class Tally {
  public:
    void add(std::uint32_t reader, std::uint32_t shown, std::uint32_t opened);
    void add(const Tally& other);
    std::uint64_t shown() const { return shown_; }
    std::uint64_t opened() const { return opened_; }

    // Opened of shown, with its 95 % interval. Nothing with fewer than two readers.
    std::optional<Estimate> rate() const;

    struct Cell {
        std::uint32_t shown = 0;
        std::uint32_t opened = 0;
    };
    const std::vector<Cell>& cells() const { return cells_; }

  private:
    std::vector<Cell> cells_;  // by reader
    std::uint64_t shown_ = 0;
    std::uint64_t opened_ = 0;
};

// rate(a) / rate(b) with its 95 % interval, symmetric on the log scale; a reader who stands in both
// is accounted for. Nothing while either has no open.
std::optional<Estimate> lift(const Tally& a, const Tally& b);

struct Turn {
    std::int64_t version = 0;
    Micros start = 0;
    std::array<Tally, kArms> arms;
    double optimum_opens = 0;  // expected, had every visit been given its best ranking
    std::uint64_t optimum_shown = 0;

    const Tally& arm(Arm a) const { return arms[static_cast<std::size_t>(a)]; }
    double optimum() const;
};

class Scoreboard {
  public:
    // One ranking was shown at `time`, `opened` of its `shown` books were opened, and the best
    // ranking would have been expected to give `optimum_opens`. A new day (of UTC) or a learned
    // answer by another version begins a turn.
    void add(Micros time, std::uint32_t reader, Arm arm, std::int64_t version, std::uint32_t shown,
             std::uint32_t opened, double optimum_opens);

    // In order of time. At most kTurnsMax: past it the two oldest of one kind (before, or since
    // something was learned) become one.
    static constexpr std::size_t kTurnsMax = 64;
    const std::vector<Turn>& turns() const { return turns_; }
    // All turns since something was learned together, or, while nothing is, all turns.
    Turn total() const;
    bool learned() const;  // has a learned version ever served?

  private:
    void begin(Micros time, std::int64_t version);

    std::vector<Turn> turns_;
};

}  // namespace volant::cli::simulation
