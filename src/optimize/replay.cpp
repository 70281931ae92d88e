#include "optimize/replay.h"

#include <fmt/format.h>

#include <vector>

#include "deploy/decide.h"
#include "optimize/wheel.h"

namespace volant::optimize {
namespace {

using feedback::Prediction;

constexpr std::uint64_t kReportEvery = 100'000;  // records
constexpr std::uint8_t kExactProfile = 0;

struct LoggedSpec {
    log::Lsn lsn;
    std::string canonical;
};

// The specifications in the log, each from its place on; and where the log begins.
struct Contents {
    log::Lsn first = 0;
    std::vector<LoggedSpec> specs;
};

Result<Contents> scan(const ReplayInput& input) {
    Contents contents;
    VOLANT_TRY(const auto reader, input.open());
    log::Record record;
    while (true) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more) return contents;
        if (contents.first == 0) contents.first = record.lsn;
        if (record.type == log::RecordType::kSpec)
            contents.specs.push_back({record.lsn, std::string(record.clear)});
    }
}

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

// One pass for one specification: verifies the predictions that were made under it.
class Pass {
  public:
    Pass(const ReplayInput& input, const spec::Spec& spec, log::Lsn from, log::Lsn until,
         ReplayReport& report)
        : input_(input),
          weights_(input.weights(spec)),
          wheel_(spec, *weights_),
          from_(from),
          until_(until),
          report_(report) {}

    Status run(bool last, std::uint64_t& records) {
        VOLANT_TRY(const auto reader, input_.open());
        log::Record record;
        while (true) {
            VOLANT_TRY(const bool more, reader->next(record));
            if (!more || (record.lsn >= until_ && !last)) return {};
            if (record.type == log::RecordType::kPrediction && record.lsn > from_ &&
                record.lsn < until_)
                verify(record);
            wheel_.apply(record);
            if (++records % kReportEvery == 0 && input_.progress) input_.progress(records);
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
        const model::Columns* columns = wheel_.live().columns(question->model, logged.spec_lsn);
        mismatch(describe_mismatch(record.lsn, columns, logged, (*answer)->record));
    }

    void mismatch(ReplayMismatch what) {
        ++report_.mismatched;
        if (!report_.first_mismatch || what.lsn < report_.first_mismatch->lsn)
            report_.first_mismatch = std::move(what);
    }

    const ReplayInput& input_;
    std::unique_ptr<deploy::WeightsSource> weights_;
    Wheel wheel_;
    const log::Lsn from_, until_;
    ReplayReport& report_;
    std::string clear_, sealed_;
};

// Without its beginning a log cannot be folded: all its predictions lie beyond the horizon.
Status count_beyond(const ReplayInput& input, ReplayReport& report) {
    VOLANT_TRY(const auto reader, input.open());
    log::Record record;
    while (true) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more) return {};
        ++report.records;
        report.beyond_horizon += record.type == log::RecordType::kPrediction;
    }
}

}  // namespace

Result<ReplayReport> verify_replay(const ReplayInput& input) {
    ReplayReport report;
    VOLANT_TRY(const Contents contents, scan(input));
    if (contents.first > 1) {
        VOLANT_OK(count_beyond(input, report));
        return report;
    }
    for (std::size_t i = 0; i < contents.specs.size(); ++i) {
        const bool last = i + 1 == contents.specs.size();
        const log::Lsn until = last ? UINT64_MAX : contents.specs[i + 1].lsn;
        VOLANT_TRY(const spec::Spec spec,
                   spec::parse_spec(contents.specs[i].canonical, "the logged specification"));
        Pass pass(input, spec, contents.specs[i].lsn, until, report);
        VOLANT_OK(pass.run(last, report.records));
    }
    return report;
}

}  // namespace volant::optimize
