#include "api/prediction_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "api/shapes.h"
#include "core/nearest.h"

namespace volant::api {
namespace {

Error unknown_key(const spec::Spec& spec, std::string_view key) {
    std::vector<std::string_view> known;
    for (const Field& field : shapes::kPredict.fields) known.push_back(field.name);
    for (const spec::EntityDecl& entity : spec.entities) known.push_back(entity.name);
    const auto near = nearest(key, known);
    return fail(Code::kUnknownField,
                fmt::format("found \"{}\", which a prediction does not have", key),
                "/" + std::string(key), near ? fmt::format("did you mean \"{}\"?", *near) : "");
}

// Reads `item` as the input's declared type; an int is taken as a double, and as a time.
Result<Value> as_declared(const spec::FieldDecl& input, json::Item item, const ZoneRule& zone) {
    const Type wanted = spec::stored_type(input.type);
    if (wanted == Type::kDouble && item.is_number()) {  // as a double is written, 1e19 without `e`
        VOLANT_TRY(const double number, item.number());
        return Value(number);
    }
    VOLANT_TRY(Value value, item.value());
    const Type type = value.type();
    if (type == Type::kNull || wanted == Type::kNull || type == wanted) return value;
    if (wanted == Type::kTime &&
        (type == Type::kString || type == Type::kInt || type == Type::kDouble)) {
        const Result<Micros> time = type == Type::kString ? parse_time(*value.string(), zone)
                                    : type == Type::kInt
                                        ? time_from_number(std::get<std::int64_t>(value.data))
                                        : time_from_number(value.number());
        if (!time.ok()) return time.error();
        return Value(Time{*time});
    }
    const std::string found = type == Type::kList || type == Type::kPoint
                                  ? describe(value)
                                  : fmt::format("{} {}", type_name(type), describe(value));
    return fail(Code::kWrongType,
                fmt::format("found {}, expected {}", found, spec::field_type_name(input.type)));
}

class RequestReader {
  public:
    RequestReader(const spec::Spec& spec, int model)
        : spec_(spec), model_(spec.models[static_cast<std::size_t>(model)]) {
        out_.question.model = model;
        out_.question.k = kRankingDefault;
        out_.question.inputs.resize(model_.inputs.size());
        out_.question.catalogue = model_.task == spec::Task::kRank;
    }

    Status field(int field, json::Item item) {
        switch (field) {
            case shapes::predict::kInput:
                return inputs(item);
            case shapes::predict::kCandidates:
                return candidates(item);
            case shapes::predict::kK: {
                VOLANT_TRY(const std::int64_t k, item.integer());
                if (!ranking())
                    return fail(Code::kUnknownField, "found k, but this model does not rank");
                out_.question.k = static_cast<std::uint32_t>(k);
                return {};
            }
            case shapes::predict::kId: {
                VOLANT_TRY(const std::string_view id, item.id());
                out_.question.id = id;
                return {};
            }
            case shapes::predict::kMinLsn: {
                VOLANT_TRY(const std::string_view text, item.string());
                VOLANT_TRY(out_.min_lsn, parse_lsn(text, ""));
                return {};
            }
            case shapes::predict::kExplain: {
                VOLANT_TRY(const bool explain, item.boolean());
                if (explain)
                    return fail(Code::kOutOfRange,
                                "found true; explanations are not available yet, expected false");
                return {};
            }
        }
        return {};
    }

    Status entity(std::string_view key, json::Item item) {
        const int entity = spec_.entity_index(key);
        if (entity < 0) {
            Error error = unknown_key(spec_, key);
            error.field.clear();  // the reader puts the key before
            return error;
        }
        if (ranking() && entity == model_.entity && entity != spec_.subject) {
            return fail(Code::kUnknownField,
                        fmt::format("found \"{}\", which this model ranks", key), {},
                        "name the items in candidates");
        }
        if (!reads(entity))
            return fail(
                Code::kUnknownField,
                fmt::format("found \"{}\", which no feature of {} is about", key, model_.name));
        VOLANT_TRY(const std::string_view id, item.id());
        out_.question.entities.push_back({entity, std::string(id)});
        return {};
    }

    Result<PredictionRequest> finish(const collect::Fingerprints& fingerprints) {
        const int needed = ranking() ? spec_.subject : model_.entity;
        if (needed >= 0 && !has(needed)) {
            const std::string& name = spec_.entities[static_cast<std::size_t>(needed)].name;
            return fail(Code::kMissingField,
                        fmt::format("found no \"{}\", expected whom this is for", name),
                        "/" + name);
        }
        if (!out_.question.id.empty()) {
            out_.question.fingerprint =
                fingerprints.of(collect::IdKind::kPrediction, out_.question.id);
        }
        return std::move(out_);
    }

  private:
    bool ranking() const { return model_.task == spec::Task::kRank; }
    bool reads(int entity) const {
        const auto is_it = [entity](const spec::KeyPart& part) { return part.entity == entity; };
        const auto is_about = [&](int feature) {
            const spec::FeatureDecl& decl = spec_.features[static_cast<std::size_t>(feature)];
            return is_it(decl.attribute) || std::any_of(decl.by.begin(), decl.by.end(), is_it);
        };
        return entity == spec_.subject || entity == model_.entity ||
               std::any_of(model_.features.begin(), model_.features.end(), is_about);
    }
    bool has(int entity) const {
        return std::any_of(out_.question.entities.begin(), out_.question.entities.end(),
                           [&](const collect::EntityId& id) { return id.entity == entity; });
    }

    Status inputs(json::Item item) {
        if (!item.is_object()) return item.wrong_type("an object of inputs");
        return item.object([&](std::string_view key, json::Item value) -> Status {
            // Clients send their columns in one order, as a rule the declared one.
            for (std::size_t tries = 0; tries < model_.inputs.size(); ++tries, ++next_input_) {
                if (next_input_ >= model_.inputs.size()) next_input_ = 0;
                const spec::FieldDecl& input = model_.inputs[next_input_];
                if (input.name != key) continue;
                VOLANT_TRY(out_.question.inputs[next_input_],
                           as_declared(input, value, spec_.zone));
                ++next_input_;
                return {};
            }
            std::vector<std::string_view> known;
            for (const spec::FieldDecl& input : model_.inputs) known.push_back(input.name);
            const auto near = nearest(key, known);
            return fail(Code::kUnknownField,
                        fmt::format("found \"{}\", which is no input of {}", key, model_.name), {},
                        near ? fmt::format("did you mean \"{}\"?", *near) : "");
        });
    }

    Status candidates(json::Item item) {
        if (!ranking())
            return fail(Code::kUnknownField, "found candidates, but this model does not rank");
        out_.question.catalogue = false;
        VOLANT_OK(item.array([&](std::size_t index, json::Item candidate) -> Status {
            if (index >= kCandidatesMax) {
                return fail(Code::kTooLarge,
                            fmt::format("found more than {} candidates", kCandidatesMax));
            }
            VOLANT_TRY(const std::string_view id, candidate.id());
            if (!seen_.insert(std::string(id)).second) {
                return fail(Code::kOutOfRange,
                            fmt::format("found candidate \"{}\" twice, expected each once", id));
            }
            out_.question.candidates.emplace_back(id);
            return {};
        }));
        if (out_.question.candidates.empty())
            return fail(Code::kOutOfRange, "found no candidates, expected at least one");
        return {};
    }

    const spec::Spec& spec_;
    const spec::ModelDecl& model_;
    PredictionRequest out_;
    std::size_t next_input_ = 0;  // where the next key is looked for first
    std::unordered_set<std::string> seen_;
};

}  // namespace

Result<log::Lsn> parse_lsn(std::string_view text, std::string_view field) {
    log::Lsn lsn = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lsn);
    if (error == std::errc{} && end == text.data() + text.size()) return lsn;
    return fail(
        Code::kOutOfRange,
        fmt::format("found \"{}\", expected an lsn that an answer gave", text.substr(0, 40)),
        std::string(field));
}

Result<PredictionRequest> read_prediction(const spec::Spec& spec, int model,
                                          const collect::Fingerprints& fingerprints,
                                          json::Item root) {
    RequestReader reader(spec, model);
    VOLANT_OK(root.shaped(
        shapes::kPredict, [&](int field, json::Item item) { return reader.field(field, item); },
        [&](std::string_view key, json::Item item) { return reader.entity(key, item); }));
    return reader.finish(fingerprints);
}

}  // namespace volant::api
