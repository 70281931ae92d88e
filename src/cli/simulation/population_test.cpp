#include "cli/simulation/population.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "cli/simulation/behaviour.h"
#include "core/random.h"

namespace volant::cli::simulation {
namespace {

constexpr std::size_t kShown = 10;
const Micros kStart = days_from_civil(2026, 3, 2) * kDay;

PopulationOptions town(std::uint32_t users = 400) {
    PopulationOptions options;
    options.users = users;
    options.seed = 7;
    return options;
}

// The indices with the largest scores, best first.
std::vector<std::uint32_t> top(const std::vector<double>& scores) {
    std::vector<std::uint32_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return scores[a] > scores[b]; });
    order.resize(kShown);
    return order;
}

std::vector<std::uint32_t> shuffled(const Population& population, Random& random) {
    std::vector<std::uint32_t> order(population.books().size());
    std::iota(order.begin(), order.end(), 0u);
    for (std::size_t i = 0; i < kShown; ++i)
        std::swap(order[i], order[i + random.below(order.size() - i)]);
    order.resize(kShown);
    return order;
}

// Counts of looks and opens, smoothed towards `prior` as if seen ten times.
struct Rate {
    double shown = 0, opened = 0;
    double value(double prior) const { return (opened + 10 * prior) / (shown + 10); }
};

// What a simple learner could know: open rates by book, and by reader and category.
struct Counts {
    explicit Counts(const Population& population)
        : books(population.books().size()),
          pairs(population.readers().size() * Population::categories()),
          population_(population) {}

    void see(const Visit& visit, const std::vector<std::uint32_t>& ranking) {
        std::vector<bool> opened(ranking.size());
        for (const Action& action : behave(population_, visit, ranking))
            opened[action.position] = true;
        for (std::size_t i = 0; i < ranking.size(); ++i) {
            const double weight = Population::examination(i);
            for (Rate* rate : {&all, &books[ranking[i]], &pair(visit.reader, ranking[i])}) {
                rate->shown += weight;
                rate->opened += opened[i];
            }
        }
    }
    Rate& pair(std::uint32_t reader, std::uint32_t book) {
        return pairs[reader * Population::categories() + population_.books()[book].category];
    }
    std::vector<double> popularity() const {
        std::vector<double> scores;
        for (const Rate& rate : books) scores.push_back(rate.value(all.value(0)));
        return scores;
    }
    std::vector<double> personal(std::uint32_t reader) {
        std::vector<double> scores = popularity();
        for (std::uint32_t b = 0; b < scores.size(); ++b)
            scores[b] *= pair(reader, b).value(all.value(0));
        return scores;
    }

    Rate all;
    std::vector<Rate> books;
    std::vector<Rate> pairs;

  private:
    const Population& population_;
};

TEST(Population, SameSeedSameTown) {
    const Population a(town()), b(town());
    EXPECT_EQ(a.books()[17].title, b.books()[17].title);
    EXPECT_EQ(a.readers()[3].friends, b.readers()[3].friends);
    EXPECT_EQ(a.appeal(3, 17, kStart), b.appeal(3, 17, kStart));
    auto other = town();
    other.seed = 8;
    EXPECT_NE(a.appeal(3, 17, kStart), Population(other).appeal(3, 17, kStart));
}

TEST(Population, VisitsOfADayAreOrderedWithinItAndAsManyAsPromised) {
    const Population population(town(2000));
    const auto visits = population.visits_of_day(kStart);
    EXPECT_TRUE(std::is_sorted(visits.begin(), visits.end(),
                               [](auto& a, auto& b) { return a.time < b.time; }));
    EXPECT_GE(visits.front().time, kStart);
    EXPECT_LT(visits.back().time, kStart + kDay);
    EXPECT_NEAR(static_cast<double>(visits.size()), 3.0 * 2000, 600);
    EXPECT_NE(visits.size(), population.visits_of_day(kStart + kDay).size());
}

TEST(Population, EveningsAreBusierThanNights) {
    const Population population(town(2000));
    std::size_t evening = 0, night = 0;
    for (const Visit& visit : population.visits_of_day(kStart)) {
        const Micros hour = (visit.time - kStart) / kHour;
        evening += hour >= 18 && hour < 22;
        night += hour >= 3 && hour < 7;
    }
    EXPECT_GT(evening, 5 * night);
}

TEST(Population, FriendsAreMutualInTasteOnly) {
    const Population population(town());
    for (const Reader& reader : population.readers()) {
        for (const std::uint32_t other : reader.friends) {
            EXPECT_EQ(population.readers()[other].circle, reader.circle);
            EXPECT_NE(population.readers()[other].id, reader.id);
        }
    }
}

TEST(Population, PositionsAreLookedAtLessAndLess) {
    EXPECT_EQ(Population::examination(0), 1);
    for (std::size_t i = 1; i < kShown; ++i)
        EXPECT_LT(Population::examination(i), Population::examination(i - 1));
}

TEST(Population, TastesDriftSlowly) {
    const Population population(town());
    double day = 0, month = 0;
    for (std::uint32_t reader = 0; reader < 100; ++reader) {
        const auto now = population.best_ranking(reader, kStart, kShown);
        const double best = population.expected_opens(reader, now, kStart);
        for (auto [when, lost] : {std::pair{kDay, &day}, std::pair{30 * kDay, &month}}) {
            const auto later = population.best_ranking(reader, kStart + when, kShown);
            *lost += 1 - population.expected_opens(reader, later, kStart) / best;
        }
    }
    EXPECT_LT(day / 100, 0.01);    // yesterday's ranking is nearly as good today
    EXPECT_GT(month / 100, 0.08);  // last month's is not
}

TEST(Population, NoRankingBeatsTheBest) {
    const Population population(town());
    Random random(1);
    for (std::uint32_t reader = 0; reader < 50; ++reader) {
        const double best = population.expected_opens(
            reader, population.best_ranking(reader, kStart, kShown), kStart);
        for (int i = 0; i < 20; ++i) {
            EXPECT_LE(population.expected_opens(reader, shuffled(population, random), kStart),
                      best);
        }
    }
}

TEST(Population, ActionsFollowTheExpectedOpens) {
    const Population population(town());
    double expected = 0, opened = 0;
    for (const Visit& visit : population.visits_of_day(kStart)) {
        const auto ranking = population.best_ranking(visit.reader, visit.time, kShown);
        expected += population.expected_opens(visit.reader, ranking, visit.time);
        for (const Action& action : behave(population, visit, ranking)) {
            EXPECT_GT(action.time, visit.time);
            EXPECT_EQ(action.book, ranking[action.position]);
            opened += action.deed == Deed::kOpen;
        }
    }
    EXPECT_NEAR(opened / expected, 1, 0.1);
}

// The point of the town: popularity can be learned and is worth something, personal taste is worth
// much more, and a learner that counts by reader and category gets most of it from a week of
// visits.
TEST(Population, TasteIsWorthMoreThanPopularityAndCanBeLearned) {
    const Population population(town());
    Random random(1);
    Counts counts(population);
    for (Micros day = kStart; day < kStart + 14 * kDay; day += kDay) {
        for (const Visit& visit : population.visits_of_day(day))
            counts.see(visit, shuffled(population, random));
    }
    const auto popular = top(counts.popularity());
    double by_chance = 0, by_popularity = 0, by_learner = 0, optimum = 0, shown = 0;
    for (const Visit& visit : population.visits_of_day(kStart + 14 * kDay)) {
        const auto expected = [&](const auto& ranking) {
            return population.expected_opens(visit.reader, ranking, visit.time);
        };
        by_chance += expected(shuffled(population, random));
        by_popularity += expected(popular);
        by_learner += expected(top(counts.personal(visit.reader)));
        optimum += expected(population.best_ranking(visit.reader, visit.time, kShown));
        shown += kShown;
    }
    RecordProperty("rates", std::to_string(by_chance / shown) + " " +
                                std::to_string(by_popularity / shown) + " " +
                                std::to_string(by_learner / shown) + " " +
                                std::to_string(optimum / shown));
    EXPECT_GT(by_popularity, 1.5 * by_chance);
    EXPECT_GT(by_learner, 1.3 * by_popularity);
    EXPECT_GT(optimum, 1.8 * by_popularity);
    EXPECT_GT(by_learner - by_popularity, 0.5 * (optimum - by_popularity));
    EXPECT_LT(by_learner, optimum);
}

TEST(Population, WithoutTastesNoRankingIsBetterThanAnother) {
    auto options = town();
    options.tastes = Tastes::kNone;
    const Population population(options);
    Random random(1);
    const double best =
        population.expected_opens(0, population.best_ranking(0, kStart, kShown), kStart);
    for (std::uint32_t reader = 0; reader < 50; ++reader) {
        EXPECT_DOUBLE_EQ(population.expected_opens(reader, shuffled(population, random), kStart),
                         best);
    }
}

}  // namespace
}  // namespace volant::cli::simulation
