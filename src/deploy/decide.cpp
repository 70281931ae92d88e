#include "deploy/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/random.h"
#include "model/row_maker.h"

namespace volant::deploy {
namespace {

using feedback::Arm;
using feedback::Prediction;

const spec::ModelDecl& model_of(const World& world, const Question& question) {
    return world.spec.models[static_cast<std::size_t>(question.model)];
}

// Who speaks: an arm, the version behind it, and its weights (null: the baseline).
struct Speaker {
    Arm arm;
    std::uint32_t version = 0;
    const LiveVersion* live = nullptr;
};

Speaker choose_speaker(const World& world, const Question& question, std::string_view subject,
                       std::uint64_t seed) {
    Speaker speaker{arm_of(model_of(world, question), subject, seed), 0, nullptr};
    if (speaker.arm != Arm::kLearned) return speaker;
    const std::uint32_t live = world.registry.model(question.model).live;
    speaker.live = live == 0 ? nullptr : world.live.version(question.model, live);
    if (speaker.live != nullptr) speaker.version = live;
    return speaker;
}

struct Scored {
    std::vector<double> scores;
    std::vector<std::size_t> row_ends;  // in Answer::rows
};

Result<Scored> score_all(const World& world, const Question& question, const Speaker& speaker,
                         const model::Columns& columns, Micros at, Answer& answer) {
    model::RowMaker maker(world.spec, question.model, columns, world.entities, world.features,
                          question.entities, question.inputs, at);
    Scored out;
    std::vector<model::Term> terms;
    const model::Baseline& baseline = world.live.baseline(question.model);
    maker.rows(answer.items, [&](std::size_t i, const std::vector<Value>& row) {
        if (answer.rows.size() > kRowsBytesMax) return;
        model::Columns::encode(row, answer.rows);
        out.row_ends.push_back(answer.rows.size());
        if (speaker.live != nullptr) {
            columns.terms(row, 0, terms);
            out.scores.push_back(speaker.live->weights->predict(terms));
        } else {
            out.scores.push_back(baseline.predict(answer.items[i], 0));
        }
    });
    if (answer.rows.size() <= kRowsBytesMax) return out;
    return fail(
        Code::kTooLarge,
        fmt::format("found features of more than {} MiB in {} candidates, which is the most",
                    kRowsBytesMax >> 20, answer.items.size()),
        {}, "ask about fewer candidates, or with shorter inputs");
}

void describe_request(const World& world, const Question& question, Prediction& record) {
    const spec::ModelDecl& model = model_of(world, question);
    record.id = question.id;
    record.fingerprint = question.fingerprint;
    record.model = model.name;
    record.task = model.task;
    for (const collect::EntityId& id : question.entities) {
        const std::string& entity = world.spec.entities[static_cast<std::size_t>(id.entity)].name;
        if (id.entity == world.spec.subject) {
            record.subject = id.id;
        } else {
            record.entities.push_back({entity, id.id});
        }
    }
    for (std::size_t i = 0; i < question.inputs.size(); ++i) {
        if (!question.inputs[i].is_null())
            record.inputs.emplace_back(model.inputs[i].name, question.inputs[i]);
    }
    record.k = question.k;
    record.catalogue = question.catalogue;
    if (question.catalogue) return;
    record.candidates.assign(question.candidates.begin(), question.candidates.end());
}

Result<std::vector<std::string>> items_of(const World& world, const Question& question) {
    const spec::ModelDecl& model = model_of(world, question);
    if (model.task != spec::Task::kRank) return std::vector<std::string>{""};
    if (!question.catalogue) return question.candidates;
    std::vector<std::string> items;
    for (const collect::EntityIndex index : world.entities.live(model.entity, kCatalogueMax + 1)) {
        items.emplace_back(world.entities.id(model.entity, index));
    }
    if (items.size() <= kCatalogueMax) return items;
    return fail(Code::kOutOfRange,
                "found no candidates and a live catalogue of more than " +
                    std::to_string(kCatalogueMax) + " items, expected the candidates to rank",
                "/candidates");
}

std::vector<Pick> pick(const spec::ModelDecl& model, const Speaker& speaker, const Scored& scored,
                       std::uint32_t k, std::uint64_t seed) {
    if (model.task != spec::Task::kRank) return {{0, 1}};
    spec::ExploreDecl explore = model.loop.explore;
    if (speaker.arm == Arm::kRandom) explore = {spec::ExploreDecl::Kind::kEpsilon, 1, 1};
    if (speaker.arm == Arm::kBaseline) explore = {};  // the honest comparison is the plain baseline
    return order(scored.scores, k, explore, seed);
}

}  // namespace

Arm arm_of(const spec::ModelDecl& model, std::string_view subject, std::uint64_t seed) {
    std::uint64_t state = subject.empty() ? seed : hash_mix(hash64(model.name), hash64(subject));
    const double place = static_cast<double>(Random::splitmix(state) >> 11) * 0x1.0p-53;
    if (place < model.loop.holdback) return Arm::kBaseline;
    if (place < model.loop.holdback + model.loop.random) return Arm::kRandom;
    return Arm::kLearned;
}

std::uint64_t seed_of(log::Lsn lsn, std::uint64_t workspace_seed) {
    return hash_mix(workspace_seed, lsn);
}

Result<std::unique_ptr<Answer>> decide(const World& world, const Question& question, Micros at,
                                       log::Lsn read_lsn, std::uint64_t seed) {
    auto owned = std::make_unique<Answer>();
    Answer& answer = *owned;
    const model::Columns* columns = world.live.columns(question.model, world.live.spec_lsn());
    if (columns == nullptr) return fail(Code::kInternal, "the model's columns are not known yet");
    VOLANT_TRY(answer.items, items_of(world, question));
    Prediction& record = answer.record;
    describe_request(world, question, record);
    const Speaker speaker = choose_speaker(world, question, record.subject, seed);
    VOLANT_TRY(const Scored scored, score_all(world, question, speaker, *columns, at, answer));

    record.arm = speaker.arm;
    record.version = speaker.version;
    record.learner_lsn = speaker.live == nullptr ? 0 : speaker.live->learner_lsn;
    record.spec_lsn = world.live.spec_lsn();
    record.read_lsn = read_lsn;
    record.seed = seed;
    record.candidates_count = answer.items.size();
    record.rows_hash = hash128(answer.rows);
    const spec::ModelDecl& model = model_of(world, question);
    for (const Pick& picked : pick(model, speaker, scored, question.k, seed)) {
        const std::size_t begin = picked.index == 0 ? 0 : scored.row_ends[picked.index - 1];
        record.shown.push_back(
            {answer.items[picked.index], scored.scores[picked.index], picked.propensity,
             std::string_view(answer.rows).substr(begin, scored.row_ends[picked.index] - begin)});
    }
    return owned;
}

Result<Question> question_of(const spec::Spec& spec, const Prediction& prediction) {
    Question question;
    question.model = spec.model_index(prediction.model);
    if (question.model < 0) {
        return fail(Code::kNotFound,
                    "the specification has no model " + std::string(prediction.model));
    }
    question.id = prediction.id;
    question.fingerprint = prediction.fingerprint;
    if (!prediction.subject.empty())
        question.entities.push_back({spec.subject, std::string(prediction.subject)});
    for (const feedback::NamedId& id : prediction.entities) {
        question.entities.push_back({spec.entity_index(id.entity), std::string(id.id)});
    }
    const auto& inputs = spec.models[static_cast<std::size_t>(question.model)].inputs;
    question.inputs.resize(inputs.size());
    for (const auto& [name, value] : prediction.inputs) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (inputs[i].name == name) question.inputs[i] = value;
        }
    }
    question.catalogue = prediction.catalogue;
    question.candidates.assign(prediction.candidates.begin(), prediction.candidates.end());
    question.k = prediction.k;
    return question;
}

}  // namespace volant::deploy
