// The apps on their real files: what each README says is what comes out, and what is learned is
// better than what is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/input_file.h"
#include "real_history.h"
#include "spec/templates.h"

namespace volant::apps {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 0.005;  // of a score: what another machine's libm may change

std::string source_dir() {
    const char* dir = std::getenv("VOLANT_SOURCE_DIR");
    return dir == nullptr ? "." : dir;
}

std::string data_file(const std::string& name) {
    const char* dir = std::getenv("VOLANT_DATA");
    return (dir == nullptr ? source_dir() + "/../shared/data" : std::string(dir)) + "/" + name;
}

std::string text_of(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

spec::Spec app(const std::string& name) {
    const std::string path = source_dir() + "/apps/" + name + "/volant.yaml";
    auto spec = spec::parse_spec(text_of(path), path);
    VOLANT_CHECK(spec.ok());
    return *std::move(spec);
}

struct Promise {
    double learned = 0, reduced = 0, baseline = 0;
};

// The rows of the README's table: | `score` | learned | reduced model | baseline |
std::map<std::string, Promise> promised(const std::string& name) {
    std::map<std::string, Promise> scores;
    std::istringstream readme(text_of(source_dir() + "/apps/" + name + "/README.md"));
    for (std::string line; std::getline(readme, line);) {
        if (!line.starts_with("| `")) continue;
        std::replace_if(
            line.begin(), line.end(), [](char c) { return c == '|' || c == '`'; }, ' ');
        std::istringstream row(line);
        std::string score;
        Promise promise;
        row >> score >> promise.learned >> promise.reduced >> promise.baseline;
        EXPECT_FALSE(row.fail()) << line;
        scores[score] = promise;
    }
    return scores;
}

void expect_as_promised(const std::string& name, const Learned& learned, const Learned& reduced) {
    const auto scores = promised(name);
    EXPECT_FALSE(scores.empty()) << "the README of " << name << " promises nothing";
    for (const auto& [score, promise] : scores) {
        EXPECT_NEAR(learned.score(score), promise.learned, kTolerance) << name << ": " << score;
        EXPECT_NEAR(reduced.score(score), promise.reduced, kTolerance) << name << ": " << score;
        EXPECT_NEAR(learned.baseline(score), promise.baseline, kTolerance) << name << ": " << score;
    }
}

// All lines of a text file, inflated.
std::vector<std::string> lines_of(const std::string& path) {
    auto file = InputFile::open(path);
    VOLANT_CHECK(file.ok());
    std::string text, block(1u << 16, '\0');
    while (true) {
        const auto got = file->read(block.data(), block.size());
        VOLANT_CHECK(got.ok());
        if (*got == 0) break;
        text.append(block, 0, *got);
    }
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
    return lines;
}

std::string temp_path(const std::string& name) {
    return ::testing::TempDir() + "/volant_apps_" + std::to_string(::getpid()) + "_" + name;
}

// Like `run` does it with awk: the friends with their relation, the places with their squares.
void write_friends(const std::string& path) {
    std::ofstream out(path, std::ios::binary);
    bool head = true;
    for (const std::string& line : lines_of(data_file("gowalla_nyc_friends.tsv.gz"))) {
        out << line << (head ? "\trelation\n" : "\tfriend\n");
        head = false;
    }
}

std::string square(double latitude, double longitude, double per_degree) {
    return std::to_string(static_cast<int>(latitude * per_degree)) + "," +
           std::to_string(static_cast<int>(longitude * per_degree));
}

void write_places(const std::string& path) {
    std::ofstream out(path, std::ios::binary);
    out << "venue\tarea\tblock\n";
    std::set<std::string> seen;
    for (const std::string& line : lines_of(data_file("gowalla_nyc_checkins.tsv.gz"))) {
        std::istringstream in(line);
        std::string user, time, venue;
        double latitude = 0, longitude = 0;
        in >> user >> time >> latitude >> longitude >> venue;
        if (!seen.insert(venue).second) continue;
        out << venue << '\t' << square(latitude, longitude, 100) << '\t'
            << square(latitude, longitude, 500) << '\n';
    }
}

TEST(Apps, TheirSpecificationsAreTheTemplates) {
    for (const char* name : {"repurchase", "next-place"}) {
        EXPECT_EQ(text_of(source_dir() + "/apps/" + name + "/volant.yaml"),
                  spec::find_template(name)->yaml);
    }
}

TEST(Apps, RepurchaseIsBetterThanRecencyAndThePrior) {
    const std::string file = data_file("online_retail.csv.gz");
    if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
    spec::Spec spec = app("repurchase");
    add_reduced_model(spec, "buys_again", "recency", {"user.orders_30d"});
    const auto run = learn_from_files(
        spec, {{file, "purchase",
                "user=CustomerID,item=StockCode,time=InvoiceDate,invoice=InvoiceNo,"
                "quantity=Quantity,price=UnitPrice,country=Country,-=Description"}});
    ASSERT_TRUE(run.ok()) << run.error().message;
    EXPECT_EQ(run->rows, 541'909u);
    EXPECT_EQ(run->accepted, 406'829u) << "lines without a customer are refused";
    const Learned& learned = run->models[0];
    const Learned& recency = run->models[1];
    expect_as_promised("repurchase", learned, recency);
    EXPECT_LT(learned.trained.offline_difference.high, 0) << "clearly better than the prior";
    EXPECT_LT(learned.score("log_loss"), recency.score("log_loss") - 0.03);
    EXPECT_GT(learned.score("auc"), recency.score("auc") + 0.05);
}

TEST(Apps, NextPlaceIsBetterThanPopularityAndOwnHistory) {
    const std::string checkins = data_file("gowalla_nyc_checkins.tsv.gz");
    if (!fs::exists(checkins)) GTEST_SKIP() << checkins << " is not there";
    spec::Spec spec = app("next-place");
    add_reduced_model(spec, "next_place", "own_history", {"pair.visits"});
    const std::string friends = temp_path("friends.tsv"), places = temp_path("places.tsv");
    write_friends(friends);
    write_places(places);
    const auto run = learn_from_files(
        spec, {{places, "$set", "venue=venue"},
               {friends, "$link", "user=uid,to=fid"},
               {checkins, "checkin", "user=column1,time=column2,venue=column5,-=column3,-=column4",
                false}});
    fs::remove(friends);
    fs::remove(places);
    ASSERT_TRUE(run.ok()) << run.error().message;
    EXPECT_EQ(run->accepted, run->rows);
    const Learned& learned = run->models[0];
    const Learned& own = run->models[1];
    expect_as_promised("next-place", learned, own);
    EXPECT_LT(learned.trained.offline_difference.high, 0) << "clearly better than popularity";
    EXPECT_GT(learned.score("ndcg@10"), learned.baseline("ndcg@10") + 0.1);
    EXPECT_GT(learned.score("ndcg@10"), own.score("ndcg@10") + 0.05);
}

}  // namespace
}  // namespace volant::apps
