#include "optimize/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "deploy/decide.h"
#include "log/read_ahead.h"
#include "optimize/spec_change.h"
#include "optimize/wheel.h"

namespace volant::optimize {
namespace {

using feedback::Prediction;

constexpr std::uint8_t kExactProfile = 0;

// A specification in force, from the record after `lsn` on.
struct Period {
    log::Lsn lsn = 0;
    std::string canonical;
};
using NextPeriod = std::optional<Period>;

// Where folding begins: a state, or nothing and the log's first record.
struct Start {
    log::Lsn lsn = 0;
    std::string state;
};

ReplayMismatch differ(log::Lsn lsn, std::string what, std::string logged, std::string replayed) {
    return {lsn, std::move(what), std::move(logged), std::move(replayed)};
}

// The first column in which two rows differ.
ReplayMismatch describe_rows(log::Lsn lsn, const model::Columns* columns,
                             const feedback::Shown& logged, const feedback::Shown& replayed) {
    std::vector<Value> a, b;
    const std::string of = logged.item.empty() ? "row" : fmt::format("row of {}", logged.item);
    if (columns == nullptr || !columns->decode(logged.row, a) ||
        !columns->decode(replayed.row, b)) {
        return differ(lsn, of, "unreadable", "unreadable");
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(a[i] == b[i]))
            return differ(lsn, fmt::format("{}: {}", of, columns->name(i)), describe(a[i]),
                          describe(b[i]));
    }
    return differ(lsn, of, "equal values", "other bytes");
}

ReplayMismatch describe_mismatch(log::Lsn lsn, const model::Columns* columns,
                                 const Prediction& logged, const Prediction& replayed) {
    const auto number = [&](std::string what, auto a, auto b) {
        return differ(lsn, std::move(what), fmt::format("{}", a), fmt::format("{}", b));
    };
    if (logged.version != replayed.version)
        return number("version", logged.version, replayed.version);
    if (logged.arm != replayed.arm)
        return differ(lsn, "arm", std::string(arm_name(logged.arm)),
                      std::string(arm_name(replayed.arm)));
    if (logged.read_lsn != replayed.read_lsn)
        return number("read_lsn", logged.read_lsn, replayed.read_lsn);
    if (logged.seed != replayed.seed) return number("seed", logged.seed, replayed.seed);
    if (logged.candidates_count != replayed.candidates_count)
        return number("candidates", logged.candidates_count, replayed.candidates_count);
    const std::size_t shown = std::min(logged.shown.size(), replayed.shown.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const feedback::Shown &a = logged.shown[i], &b = replayed.shown[i];
        if (a.item == b.item && a.row != b.row) return describe_rows(lsn, columns, a, b);
    }
    for (std::size_t i = 0; i < shown; ++i) {
        const feedback::Shown &a = logged.shown[i], &b = replayed.shown[i];
        if (a.item != b.item)
            return differ(lsn, fmt::format("place {}", i), std::string(a.item),
                          std::string(b.item));
        if (a.score != b.score)
            return number(fmt::format("score at place {}", i), a.score, b.score);
        if (a.propensity != b.propensity)
            return number(fmt::format("propensity at place {}", i), a.propensity, b.propensity);
    }
    if (logged.rows_hash != replayed.rows_hash)
        return differ(lsn, "rows of items that were not shown", "", "");
    if (logged.learner_lsn != replayed.learner_lsn)
        return number("learner_lsn", logged.learner_lsn, replayed.learner_lsn);
    return differ(lsn, "other bytes", "", "");
}

// One pass for one specification: verifies the predictions after `verify_after` that were made
// under it.
class Pass {
  public:
    Pass(const ReplayInput& input, const spec::Spec& spec, log::Lsn verify_after,
         ReplayReport& report)
        : input_(input),
          weights_(input.weights(spec)),
          wheel_(spec, *weights_),
          verify_after_(verify_after),
          report_(report) {}

    // To the next specification in the log, which it gives, or to the log's end.
    Result<NextPeriod> run(const Start& start) {
        if (!start.state.empty()) VOLANT_OK(wheel_.restore(start.state));
        VOLANT_TRY(auto reader, input_.open(start.lsn + 1));
        log::ReadAhead ahead(std::move(reader));
        while (true) {
            VOLANT_TRY(const auto records, ahead.next());
            if (records.empty()) return NextPeriod();
            for (const log::Record& record : records) {
                if (record.lsn > verify_after_) {
                    if (record.type == log::RecordType::kPrediction) verify(record);
                    if (record.type == log::RecordType::kSpec)
                        return NextPeriod({record.lsn, std::string(record.clear)});
                }
                wheel_.apply(record);
            }
            report_.records += records.size();
            if (input_.progress) input_.progress(report_.records);
        }
    }

  private:
    void verify(const log::Record& record) {
        Prediction logged;
        if (!feedback::decode_prediction(record, logged).ok())
            return mismatch(differ(record.lsn, "record", "unreadable", ""));
        if (logged.numeric_profile != kExactProfile) return void(++report_.other_profile);
        const auto question = deploy::question_of(wheel_.spec(), logged);
        if (!question.ok())
            return mismatch(
                differ(record.lsn, "model", std::string(logged.model), question.error().message));
        const auto answer =
            deploy::decide(wheel_.world(), *question, record.known_at, record.lsn - 1,
                           deploy::seed_of(record.lsn, input_.workspace_seed));
        if (!answer.ok()) return mismatch(differ(record.lsn, "answer", "", answer.error().message));
        clear_.clear();
        sealed_.clear();
        feedback::encode_prediction((*answer)->record, clear_, sealed_);
        if (clear_ == record.clear && sealed_ == record.sealed) return void(++report_.exact);
        if (logged.version != 0 &&
            wheel_.live().version(question->model, logged.version) == nullptr)
            return missing(record.lsn, logged);
        const model::Columns* columns = wheel_.live().columns(question->model, logged.spec_lsn);
        mismatch(describe_mismatch(record.lsn, columns, logged, (*answer)->record));
    }

    void missing(log::Lsn lsn, const Prediction& logged) {
        const auto known = std::ranges::find_if(report_.missing, [&](const ReplayMissing& of) {
            return of.version == logged.version && of.model == logged.model;
        });
        if (known != report_.missing.end()) {
            ++known->answers;
        } else {
            const std::string model(logged.model);
            const auto weights = weights_->load(model, logged.version);
            report_.missing.push_back(
                {model, logged.version,
                 weights.ok() ? "it could not be read in its time" : weights.error().message, 1});
        }
        mismatch(differ(lsn, "version", fmt::format("{}", logged.version), "missing"));
    }

    void mismatch(ReplayMismatch what) {
        ++report_.mismatched;
        if (!report_.first_mismatch || what.lsn < report_.first_mismatch->lsn)
            report_.first_mismatch = std::move(what);
    }

    const ReplayInput& input_;
    std::unique_ptr<deploy::WeightsSource> weights_;
    Wheel wheel_;
    const log::Lsn verify_after_;
    ReplayReport& report_;
    std::string clear_, sealed_;
};

// Verifies one specification after the other.
class Verification {
  public:
    explicit Verification(const ReplayInput& input) : input_(input) {}

    Result<ReplayReport> run() {
        VOLANT_TRY(NextPeriod period, first_period());
        while (period) {
            VOLANT_TRY(period, verify(*period));
        }
        return std::move(report_);
    }

  private:
    bool is_whole() const { return input_.oldest == 1; }

    Result<NextPeriod> first_period() {
        if (is_whole()) return find_period(1, UINT64_MAX);
        VOLANT_TRY(const std::vector<log::Lsn> usable, usable_snapshots());
        for (const log::Lsn lsn : usable) {
            const auto snapshot = input_.snapshots->load(lsn);
            if (!snapshot.ok()) continue;
            auto canonical = snapshot_specification(snapshot->state);
            if (!canonical.ok()) continue;
            VOLANT_OK(count_beyond(lsn));
            return NextPeriod({lsn, std::move(*canonical)});
        }
        VOLANT_OK(count_beyond(UINT64_MAX));
        return NextPeriod();
    }

    // Those from which the log goes on, the oldest first.
    Result<std::vector<log::Lsn>> usable_snapshots() const {
        std::vector<log::Lsn> out;
        if (input_.snapshots == nullptr) return out;
        VOLANT_TRY(const auto all, input_.snapshots->list());
        for (const log::SnapshotHeader& header : all) {
            if (header.lsn + 1 >= input_.oldest) out.push_back(header.lsn);
        }
        return out;
    }

    Result<NextPeriod> verify(const Period& period) {
        VOLANT_TRY(const spec::Spec spec,
                   spec::parse_logged_spec(period.canonical, "the logged specification"));
        VOLANT_TRY(const std::optional<Start> start, start_for(spec));
        if (!start) return find_period(period.lsn + 1, UINT64_MAX);
        if (start->lsn > period.lsn) {
            VOLANT_TRY(NextPeriod next, find_period(period.lsn + 1, start->lsn));
            if (next) return next;
        }
        Pass pass(input_, spec, std::max(period.lsn, start->lsn), report_);
        return pass.run(*start);
    }

    // A state that a server of these folds had; nullopt if none is left.
    Result<std::optional<Start>> start_for(const spec::Spec& spec) {
        if (is_whole()) return std::optional<Start>(Start{});
        VOLANT_TRY(const std::vector<log::Lsn> usable, usable_snapshots());
        for (const log::Lsn lsn : usable) {
            auto snapshot = input_.snapshots->load(lsn);
            if (!snapshot.ok()) continue;
            const auto canonical = snapshot_specification(snapshot->state);
            if (!canonical.ok()) continue;
            const auto of = spec::parse_logged_spec(*canonical, "the snapshot's specification");
            if (of.ok() && same_folds(*of, spec))
                return std::optional<Start>({lsn, std::move(snapshot->state)});
        }
        return std::optional<Start>();
    }

    // Whatever specification they are of.
    Status count_beyond(log::Lsn through) {
        log::Lsn from = input_.oldest;
        while (true) {
            VOLANT_TRY(const NextPeriod next, find_period(from, through));
            if (!next) return {};
            from = next->lsn + 1;
        }
    }

    // The first specification in [from, through]; the predictions before it, or all, are beyond
    // the horizon.
    Result<NextPeriod> find_period(log::Lsn from, log::Lsn through) {
        VOLANT_TRY(auto reader, input_.open(from));
        log::Record record;
        while (true) {
            VOLANT_TRY(const bool more, reader->next(record));
            if (!more || record.lsn > through) return NextPeriod();
            if (record.type == log::RecordType::kSpec)
                return NextPeriod({record.lsn, std::string(record.clear)});
            ++report_.records;
            report_.beyond_horizon += record.type == log::RecordType::kPrediction;
        }
    }

    const ReplayInput& input_;
    ReplayReport report_;
};

}  // namespace

Result<ReplayReport> verify_replay(const ReplayInput& input) {
    return Verification(input).run();
}

}  // namespace volant::optimize
