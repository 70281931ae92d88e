#include "cli/simulation/population.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/hash.h"
#include "core/random.h"

namespace volant::cli::simulation {
namespace {

constexpr std::array<std::string_view, 12> kCategories = {
    "crime",     "romance", "history", "science fiction", "cooking",   "fantasy",
    "biography", "travel",  "poetry",  "philosophy",      "gardening", "mathematics",
};
constexpr std::array<std::string_view, 10> kCities = {
    "Lisbon", "Hangzhou", "Nairobi", "Toronto", "Kraków",
    "Lima",   "Kyoto",    "Leipzig", "Pune",    "Bergen",
};
constexpr std::array<std::string_view, 20> kAdjectives = {
    "Quiet",   "Last",   "Invisible", "Northern", "Broken",   "Patient",  "Hidden",
    "Crooked", "Winter", "Distant",   "Early",    "Salty",    "Borrowed", "Electric",
    "Small",   "Golden", "Absent",    "Slow",     "Unlikely", "Open",
};
constexpr std::array<std::string_view, 20> kNouns = {
    "River",   "Letter",  "Garden", "Machine", "Harbour", "Theorem", "Kitchen",
    "Witness", "Orchard", "Map",    "Season",  "Island",  "Mirror",  "Clock",
    "Library", "Train",   "Spice",  "Archive", "Lantern", "Proof",
};

// The logit of appeal is kBase + quality + tastes + factors. With these weights ten books at random
// are opened about once in 30 showings, the ten most popular ones three times as often, and the
// best ten for each reader seven times as often.
constexpr double kBase = -4.0;
constexpr double kQualityWeight = 0.6;
constexpr double kCircleWeight = 2.2;
constexpr double kOwnWeight = 2.2;
constexpr double kFactorWeight = 0.25;
// Without tastes: about the appeal of a popular book.
constexpr double kBaseWithoutTastes = -2.3;

constexpr std::uint32_t kCircleSize = 8;
constexpr std::uint32_t kFriendsMax = 5;
constexpr Micros kPhase =
    21 * kDay;  // after this time the drifting favourite has become another one

// Streams of randomness, so that no two uses share numbers.
enum Stream : std::uint64_t {
    kBookStream = 1,
    kReaderStream,
    kCircleStream,
    kFavouriteStream,
    kVisitStream
};

// Mixed in one after the other: small numbers mixed with each other first would meet by chance.
std::uint64_t mixed(std::uint64_t seed, Stream name, std::uint64_t number, std::uint64_t turn = 0) {
    return hash_mix(hash_mix(hash_mix(Random::splitmix(seed), name), number), turn);
}

Random stream(std::uint64_t seed, Stream name, std::uint64_t number, std::uint64_t turn = 0) {
    return Random(mixed(seed, name, number, turn));
}

double logistic(double x) {
    return 1 / (1 + std::exp(-x));
}

}  // namespace

Population::Population(const PopulationOptions& options) : options_(options) {
    double total = 0;
    for (std::size_t i = 0; i < kCategories.size(); ++i) {
        total += 1 / (2.0 + static_cast<double>(i));
        category_chance_.push_back(total);
    }
    for (double& chance : category_chance_) chance /= total;
    make_books();
    make_readers();
}

std::string_view Population::category_name(std::uint32_t category) {
    return kCategories[category];
}
std::string_view Population::city_name(std::uint32_t city) {
    return kCities[city];
}
std::uint32_t Population::categories() {
    return kCategories.size();
}

void Population::make_books() {
    for (std::uint32_t i = 0; i < options_.books; ++i) {
        Random random = stream(options_.seed, kBookStream, i);
        Book book;
        book.id = "b" + std::to_string(i + 1);
        book.category = i % kCategories.size();
        book.title = "The " + std::string(kAdjectives[random.below(kAdjectives.size())]) + " " +
                     std::string(kNouns[random.below(kNouns.size())]);
        book.quality = random.normal();
        for (double& factor : book.factors) factor = random.normal();
        books_.push_back(std::move(book));
    }
}

void Population::make_readers() {
    const std::uint32_t circles = (options_.users + kCircleSize - 1) / kCircleSize;
    for (std::uint32_t c = 0; c < circles; ++c) {
        std::vector<double> tastes(kCategories.size(), 0.0);
        // Two favourites of the circle (perhaps the same one twice: then they love it).
        for (std::uint64_t n = 0; n < 2; ++n) {
            tastes[favourite(mixed(options_.seed, kCircleStream, c), n)] += 0.8;
        }
        circle_tastes_.push_back(std::move(tastes));
    }
    for (std::uint32_t i = 0; i < options_.users; ++i) {
        Random random = stream(options_.seed, kReaderStream, i);
        Reader reader;
        reader.id = "u" + std::to_string(i + 1);
        // Neighbours in number are not neighbours in life.
        reader.circle = i % circles;
        reader.city = static_cast<std::uint32_t>(random.below(kCities.size()));
        reader.visits_per_day = options_.visits_per_day * (0.3 + random.exponential(0.7));
        reader.favourite_hour = std::fmod(20 + 3 * random.normal() + 24, 24);
        for (double& factor : reader.factors) factor = random.normal();
        for (std::uint32_t other = reader.circle; other < options_.users; other += circles) {
            if (other != i && reader.friends.size() < kFriendsMax && random.chance(0.6)) {
                reader.friends.push_back(other);
            }
        }
        readers_.push_back(std::move(reader));
    }
}

std::uint32_t Population::favourite(std::uint64_t owner, std::uint64_t number) const {
    const double u = stream(options_.seed, kFavouriteStream, owner, number).uniform();
    const auto it = std::upper_bound(category_chance_.begin(), category_chance_.end(), u);
    return static_cast<std::uint32_t>(
        std::min<std::ptrdiff_t>(it - category_chance_.begin(), kCategories.size() - 1));
}

double Population::taste(std::uint32_t reader, std::uint32_t category, Micros time) const {
    // Each reader is at another point of the drift, so that the town does not change its mind in
    // one night.
    const std::uint64_t owner = mixed(options_.seed, kReaderStream, reader);
    const Micros shifted = time + static_cast<Micros>(owner % static_cast<std::uint64_t>(kPhase));
    const auto phase = static_cast<std::uint64_t>(shifted / kPhase);
    const double into = static_cast<double>(shifted % kPhase) / static_cast<double>(kPhase);
    double own = 0;
    if (favourite(owner, phase) == category) own += 1 - into;
    if (favourite(owner, phase + 1) == category) own += into;
    return kCircleWeight * circle_tastes_[readers_[reader].circle][category] + kOwnWeight * own;
}

double Population::appeal(std::uint32_t reader, std::uint32_t book, Micros time) const {
    if (options_.tastes == Tastes::kNone) return logistic(kBaseWithoutTastes);
    const Book& b = books_[book];
    const Reader& r = readers_[reader];
    double logit = kBase + kQualityWeight * b.quality + taste(reader, b.category, time);
    for (std::size_t f = 0; f < kFactors; ++f) logit += kFactorWeight * r.factors[f] * b.factors[f];
    return logistic(logit);
}

double Population::examination(std::size_t position) {
    return 1 / std::pow(1.0 + static_cast<double>(position), 0.35);
}

double Population::expected_opens(std::uint32_t reader, std::span<const std::uint32_t> ranking,
                                  Micros time) const {
    double sum = 0;
    for (std::size_t i = 0; i < ranking.size(); ++i)
        sum += examination(i) * appeal(reader, ranking[i], time);
    return sum;
}

std::vector<std::uint32_t> Population::best_ranking(std::uint32_t reader, Micros time,
                                                    std::size_t k) const {
    std::vector<double> appeals(books_.size());
    for (std::uint32_t b = 0; b < books_.size(); ++b) appeals[b] = appeal(reader, b, time);
    std::vector<std::uint32_t> order(books_.size());
    std::iota(order.begin(), order.end(), 0u);
    k = std::min(k, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                          return appeals[a] != appeals[b] ? appeals[a] > appeals[b] : a < b;
                      });
    order.resize(k);
    return order;
}

std::vector<Visit> Population::visits_of_day(Micros midnight) const {
    std::vector<Visit> visits;
    const auto day = static_cast<std::uint64_t>(midnight / kDay);
    for (std::uint32_t i = 0; i < readers_.size(); ++i) {
        const Reader& reader = readers_[i];
        Random random = stream(options_.seed, kVisitStream, day, i);
        // Poisson: unit exponentials until their sum passes the mean.
        for (double sum = random.exponential(1); sum < reader.visits_per_day;
             sum += random.exponential(1)) {
            double hour = reader.favourite_hour + 3.5 * random.normal();
            if (random.chance(0.35)) hour = 12.5 + random.normal();  // the lunch break
            hour = std::fmod(std::fmod(hour, 24) + 24, 24);
            visits.push_back({midnight + static_cast<Micros>(hour * static_cast<double>(kHour)), i,
                              random.next()});
        }
    }
    std::sort(visits.begin(), visits.end(), [](const Visit& a, const Visit& b) {
        return a.time != b.time ? a.time < b.time : a.seed < b.seed;
    });
    return visits;
}

}  // namespace volant::cli::simulation
