// volant_train_vw FILE [--bits N] [--loss NAME] [--rate R] [--passes N] [--interactions AB]...
//
// Trains on Vowpal Wabbit text and prints one JSON line: examples, terms, progressive_loss,
// seconds.
#include "train/train_vw.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/clock.h"

namespace {

using volant::spec::LearnerDecl;
using volant::spec::Loss;

bool set_loss(LearnerDecl& learner, const std::string& name) {
    if (name == "logistic")
        learner.loss = Loss::kLogistic;
    else if (name == "squared")
        learner.loss = Loss::kSquared;
    else if (name == "quantile")
        learner.loss = Loss::kQuantile;
    else if (name == "poisson")
        learner.loss = Loss::kPoisson;
    else
        return false;
    return true;
}

bool set_option(LearnerDecl& learner, const std::string& name, const char* value) {
    if (name == "--bits")
        learner.bits = static_cast<std::uint32_t>(std::atoi(value));
    else if (name == "--rate")
        learner.rate = std::atof(value);
    else if (name == "--passes")
        learner.passes = static_cast<std::uint32_t>(std::atoi(value));
    else if (name == "--loss")
        return set_loss(learner, value);
    else if (name == "--interactions") {
        auto& groups = learner.interactions.emplace_back();
        for (const char* c = value; *c != 0; ++c) groups.emplace_back(1, *c);
    } else {
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    LearnerDecl learner;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (set_option(learner, argv[i], argv[i + 1])) continue;
        std::fprintf(stderr, "unknown option or value: %s %s\n", argv[i], argv[i + 1]);
        return 2;
    }
    if (argc < 2 || argc % 2 != 0) {
        std::fprintf(stderr,
                     "usage: volant_train_vw FILE [--bits N] [--loss NAME] [--rate R] ...\n");
        return 2;
    }
    const volant::Micros start = volant::monotonic_now();
    auto training = volant::train::train_vw_file(argv[1], learner);
    if (!training.ok()) {
        std::fprintf(stderr, "%s\n", training.error().message.c_str());
        return 1;
    }
    const auto& report = training->report;
    std::printf("{\"examples\":%llu,\"terms\":%llu,\"progressive_loss\":%.9f,\"seconds\":%.6f}\n",
                static_cast<unsigned long long>(report.examples),
                static_cast<unsigned long long>(report.terms), report.loss,
                static_cast<double>(volant::monotonic_now() - start) / 1e6);
    return 0;
}
