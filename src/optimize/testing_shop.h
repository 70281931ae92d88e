// A small shop for the wheel: books on a shelf, users who open some of what they are shown. It
// knows the truth, so it can tell a lift from luck. Tests only.
#pragma once

#include <algorithm>
#include <functional>

#include "core/hash.h"
#include "core/random.h"
#include "measure/cluster_sums.h"
#include "optimize/testing.h"

namespace volant::optimize::testing {

inline constexpr std::string_view kShop = R"yaml(
name: shop
subject: user
entities: { user: {}, book: { category: category } }
events:
  open: { user: id, book: id }
features:
  book.category: { attribute: book.category }
  pair.opens:    { count: open, by: [user, book.category] }
models:
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 10m, otherwise: 0 }
    features: [book.*, pair.*]
    loop: { online: true, explore: 0.1, holdback: 0.3, random: 0.3,
            retrain: { or_after: 2000 outcomes }, gate: { outcomes: 800 } }
)yaml";

inline spec::Spec shop_spec(const std::function<void(spec::LoopDecl&)>& change = {}) {
    auto spec = spec::parse_spec(kShop, "shop.yaml");
    VOLANT_CHECK(spec.ok());
    if (change) change(spec->models[0].loop);
    return std::move(*spec);
}

struct ShopOptions {
    std::uint64_t seed = 1;
    std::size_t users = 120;
    std::size_t books = 12;
    std::size_t categories = 4;
    std::uint32_t k = 4;
    // Hidden: each user loves one category, which no field says. Else all books appeal alike.
    bool tastes = true;
    // The server is told of what was opened in some earlier visit, by place, instead of in this
    // one.
    bool permuted = false;
};

class Shop {
  public:
    Shop(ShopOptions options, spec::Spec spec)
        : options_(options), random_(options.seed), wheel(std::move(spec), options.seed) {
        for (std::size_t b = 0; b < options_.books; ++b) {
            collect::EventDraft set;
            set.type = "$set";
            set.entities = {{1, book(b)}};
            set.properties = {{"category", Value("c" + std::to_string(category(b)))}};
            wheel.event(set);
            quality_.push_back(random_.uniform());
            books_.push_back(book(b));
        }
        for (std::size_t u = 0; u < options_.users; ++u)
            activity_.push_back(0.6 + 0.8 * random_.uniform());
    }

    // `count` visits of random users, half a minute apart, with whatever the wheel then decides.
    void visits(std::size_t count, bool control = true) {
        for (std::size_t i = 0; i < count; ++i) {
            visit(random_.below(options_.users));
            if (control) wheel.control();
        }
    }
    // Until all that was shown is closed.
    void close_shop() {
        wheel.now += kDay;
        wheel.append(log::RecordType::kTick, {});
    }

    // P(open | looked at). A test may bend the world.
    double appeal(std::size_t user, std::size_t book) const {
        if (!options_.tastes) return 0.3 * activity_[user];
        const bool loved = hash_mix(options_.seed, user) % options_.categories == category(book);
        return activity_[user] * (0.04 + 0.3 * quality_[book] + (loved ? 0.37 : 0.0));
    }
    std::function<double(double chance, const Given&)> bend;
    std::vector<std::pair<std::uint64_t, double>> shown;  // user and outcome of each impression

    const measure::ClusterSums& truth(feedback::Arm arm) const {
        return truth_[static_cast<std::size_t>(arm)];
    }
    measure::Estimate lift(feedback::Arm a, feedback::Arm b, double alpha = 0.05) const {
        return measure::difference(truth(a), truth(b), alpha);
    }

  private:
    static std::string book(std::size_t b) { return "b" + std::to_string(b); }
    // The seed stands in the id, since the arm follows from it.
    std::string user(std::size_t u) const {
        return "s" + std::to_string(options_.seed) + "u" + std::to_string(u);
    }
    std::size_t category(std::size_t b) const { return b % options_.categories; }

    void visit(std::size_t u) {
        const Given given = wheel.predict(0, {{0, user(u)}}, books_, options_.k);
        std::vector<std::string> opened;
        for (std::size_t place = 0; place < given.items.size(); ++place) {
            const auto b = static_cast<std::size_t>(std::stoul(given.items[place].substr(1)));
            double chance = appeal(u, b) / (1 + 0.5 * static_cast<double>(place));
            if (bend) chance = bend(chance, given);
            const bool opens = random_.chance(chance);
            truth_[static_cast<std::size_t>(given.arm)].add(u, opens ? 1 : 0);
            shown.emplace_back(u, opens ? 1 : 0);
            if (opens) opened.push_back(given.items[place]);
        }
        wheel.now += 30 * kSecond;
        if (options_.permuted) opened = of_an_earlier_visit(std::move(opened), given);
        for (const std::string& book : opened) {
            collect::EventDraft open;
            open.type = "open";
            open.event = 0;
            open.time = wheel.now;
            open.entities = {{0, user(u)}, {1, book}};
            wheel.event(open);
        }
    }
    std::vector<std::string> of_an_earlier_visit(std::vector<std::string> opened,
                                                 const Given& given) {
        std::vector<std::size_t> places;
        for (const std::string& book : opened) {
            const auto at = std::find(given.items.begin(), given.items.end(), book);
            places.push_back(static_cast<std::size_t>(at - given.items.begin()));
        }
        earlier_.push_back(std::move(places));
        std::vector<std::string> out;
        for (const std::size_t place : earlier_[random_.below(earlier_.size())])
            out.push_back(given.items[place]);
        return out;
    }

    const ShopOptions options_;
    Random random_;

  public:
    Flywheel wheel;

  private:
    std::vector<std::string> books_;
    std::vector<double> quality_;
    std::vector<double> activity_;                   // of each user
    std::vector<std::vector<std::size_t>> earlier_;  // the places that were opened in each visit
    std::array<measure::ClusterSums, kArms> truth_;
};

}  // namespace volant::optimize::testing
