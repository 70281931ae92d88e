// Population: a town of seeded readers and a shop of books, with everything true about them.
//
// What a reader likes is in no profile field: it follows from the circle of friends that they
// belong to, from a favourite of their own that drifts over weeks, and from latent factors shared
// with books. A server can only learn it from what readers do. Because the simulator knows the
// truth, it can say how good a ranking could have been.
//
// The chance that a reader opens the book at position i is examination(i) * appeal(reader, book,
// time) (the position-based click model: Craswell, Zoeter, Taylor and Ramsey, 2008).
//
// Everything is a pure function of the options: the same seed gives the same town, whatever the
// threads and the order of calls. Threads: const after construction.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace volant::cli::simulation {

inline constexpr std::size_t kFactors = 4;

enum class Tastes : std::uint8_t {
    kHidden,  // as described above
    kNone,  // every book appeals to everybody alike: there is nothing to learn, and any lift is an
            // error
};

struct PopulationOptions {
    std::uint64_t seed = 1;
    std::uint32_t users = 3000;
    std::uint32_t books = 300;
    Tastes tastes = Tastes::kHidden;
    double visits_per_day = 3;  // of a reader, on average
};

struct Book {
    std::string id;
    std::string title;
    std::uint32_t category = 0;
    double quality = 0;  // mean 0; how much everybody likes it
    std::array<double, kFactors> factors{};
};

struct Reader {
    std::string id;
    std::uint32_t city = 0;
    std::uint32_t circle = 0;
    std::vector<std::uint32_t> friends;  // indices of readers, all in the same circle
    double visits_per_day = 0;
    double favourite_hour = 0;  // [0, 24), around which they visit
    std::array<double, kFactors> factors{};
};

// A reader opens the shop. `seed` decides everything that they will do in this visit.
struct Visit {
    Micros time = 0;
    std::uint32_t reader = 0;
    std::uint64_t seed = 0;
};

class Population {
  public:
    explicit Population(const PopulationOptions& options);

    const std::vector<Reader>& readers() const { return readers_; }
    const std::vector<Book>& books() const { return books_; }
    static std::string_view category_name(std::uint32_t category);
    static std::string_view city_name(std::uint32_t city);
    static std::uint32_t categories();

    // P(open | looked at), in (0, 1).
    double appeal(std::uint32_t reader, std::uint32_t book, Micros time) const;
    // P(looked at | shown at `position`), from 1 at position 0, falling.
    static double examination(std::size_t position);

    // Expected number of opens when `reader` is shown `ranking` (indices of books, best first).
    double expected_opens(std::uint32_t reader, std::span<const std::uint32_t> ranking,
                          Micros time) const;
    // The ranking of `k` books with the most expected opens; no other can do better.
    std::vector<std::uint32_t> best_ranking(std::uint32_t reader, Micros time, std::size_t k) const;

    // All visits of the day that starts at `midnight`, in order of time.
    std::vector<Visit> visits_of_day(Micros midnight) const;

  private:
    void make_books();
    void make_readers();
    // How much `reader` likes `category` at `time`, by the circle and by the drifting favourite.
    double taste(std::uint32_t reader, std::uint32_t category, Micros time) const;
    std::uint32_t favourite(std::uint64_t owner, std::uint64_t number) const;

    PopulationOptions options_;
    std::vector<Book> books_;
    std::vector<Reader> readers_;
    std::vector<double> category_chance_;  // cumulative; some categories have more lovers
    std::vector<std::vector<double>> circle_tastes_;  // [circles, categories]
};

}  // namespace volant::cli::simulation
