#include "spec/canonical.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/settings.h"
#include "spec/table.h"

namespace volant::spec {
namespace {

// A scalar that YAML reads back as this very string: plain where that is safe, else in double
// quotes.
std::string quote(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-' || c == '/' || c == '*' || c == '$';
    };
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    };
    static constexpr std::array<std::string_view, 5> kWords = {"null", "Null", "NULL", "true",
                                                               "false"};
    const bool safe = !text.empty() && letter(text[0]) && std::ranges::all_of(text, plain) &&
                      std::ranges::find(kWords, text) == kWords.end();
    if (safe) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out + '"';
}

// `{key: value, ...}` on one line.
class Flow {
  public:
    Flow& raw(std::string_view key, std::string_view text) {
        if (!body_.empty()) body_ += ", ";
        body_ += fmt::format("{}: {}", quote(key), text);
        return *this;
    }
    Flow& text(std::string_view key, std::string_view value) { return raw(key, quote(value)); }
    Flow& number(std::string_view key, double value) {
        return raw(key, settings::format_number(value));
    }
    Flow& integer(std::string_view key, std::uint64_t value) {
        return raw(key, fmt::format("{}", value));
    }
    Flow& duration(std::string_view key, Micros value) { return raw(key, format_duration(value)); }
    Flow& boolean(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
    std::string str() const { return "{" + body_ + "}"; }

  private:
    std::string body_;
};

std::string flow_list(const std::vector<std::string>& items) {
    return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string quoted_list(const std::vector<std::string>& items) {
    std::vector<std::string> quoted;
    for (const std::string& item : items) quoted.push_back(quote(item));
    return flow_list(quoted);
}

// The name of an enum's value, from the row that reads it.
template <class E>
std::string choice(std::string_view path, E value) {
    const settings::Row* row = settings_table().find(path);
    VOLANT_CHECK(row != nullptr);
    return std::string(settings::split_choices(row->values)[static_cast<std::size_t>(value)]);
}

std::string fields_text(const std::vector<FieldDecl>& fields) {
    Flow flow;
    for (const FieldDecl& field : fields) flow.text(field.name, field_type_name(field.type));
    return flow.str();
}

std::string event_text(const Spec& spec, const EventDecl& event) {
    Flow flow;
    for (const int entity : event.entities) {
        flow.text(spec.entities[static_cast<std::size_t>(entity)].name, "id");
    }
    for (const FieldDecl& property : event.properties) {
        flow.text(property.name, field_type_name(property.type));
    }
    if (event.strict) flow.boolean("$strict", true);
    return flow.str();
}

std::string key_text(const Spec& spec, const KeyPart& part) {
    const EntityDecl& entity = spec.entities[static_cast<std::size_t>(part.entity)];
    if (part.attribute < 0) return entity.name;
    return entity.name + "." + entity.attributes[static_cast<std::size_t>(part.attribute)].name;
}

std::string source_text(const Spec& spec, const Source& source) {
    if (source.entity >= 0) {
        return source.event + "." + spec.entities[static_cast<std::size_t>(source.entity)].name;
    }
    return source.property.empty() ? source.event : source.event + "." + source.property;
}

// A double always shows that it is one, so that it is read back as one.
std::string operand_text(const Value& value) {
    switch (value.type()) {
        case Type::kBool:
            return std::get<bool>(value.data) ? "true" : "false";
        case Type::kInt:
            return fmt::format("{}", std::get<std::int64_t>(value.data));
        case Type::kDouble: {
            std::string text = settings::format_number(value.number());
            if (text.find_first_of(".e") == std::string::npos) text += ".0";
            return text;
        }
        case Type::kTime:
            return quote(format_time(std::get<Time>(value.data).micros));
        default:
            break;
    }
    VOLANT_CHECK(value.string() != nullptr);
    const std::string text = quote(*value.string());
    return text;
}

std::string where_text(const std::vector<Condition>& where) {
    static constexpr std::array<std::string_view, 7> kTests = {"eq", "ne", "lt", "le",
                                                               "gt", "ge", "in"};
    Flow properties;
    for (std::size_t i = 0; i < where.size();) {
        Flow tests;
        const std::string& property = where[i].property;
        for (; i < where.size() && where[i].property == property; ++i) {
            std::vector<std::string> values;
            for (const Value& value : where[i].values) values.push_back(operand_text(value));
            const bool list = where[i].test == Condition::Test::kIn;
            tests.raw(kTests[static_cast<std::size_t>(where[i].test)],
                      list ? flow_list(values) : values.at(0));
        }
        properties.raw(property, tests.str());
    }
    return properties.str();
}

void write_sources(const Spec& spec, const FeatureDecl& feature, Flow& flow) {
    if (feature.op == Op::kAttribute) {
        flow.text(op_name(feature.op), key_text(spec, feature.attribute));
        return;
    }
    std::vector<std::string> sources;
    for (const Source& source : feature.sources)
        sources.push_back(quote(source_text(spec, source)));
    flow.raw(op_name(feature.op), feature.op == Op::kRatio ? flow_list(sources) : sources.at(0));
    std::vector<std::string> keys;
    for (const KeyPart& part : feature.by) keys.push_back(key_text(spec, part));
    flow.raw("by", quoted_list(keys));
}

std::string outcome_text(const OutcomeDecl& outcome) {
    Flow flow;
    if (!outcome.event.empty()) {
        flow.text("event", outcome.property.empty() ? outcome.event
                                                    : outcome.event + "." + outcome.property);
    }
    flow.duration("within", outcome.within);
    if (outcome.otherwise) flow.number("otherwise", *outcome.otherwise);
    flow.text("aggregate", choice("models.*.outcome.aggregate", outcome.aggregate));
    return flow.str();
}

std::string examples_text(const ExamplesDecl& examples) {
    Flow flow;
    flow.text("at", examples.at);
    flow.duration("every", examples.every);
    flow.integer("negatives", examples.negatives);
    if (!examples.label.empty()) flow.text("label", examples.label);
    return flow.str();
}

std::string learner_text(const LearnerDecl& learner) {
    std::vector<std::string> interactions;
    for (const auto& groups : learner.interactions) interactions.push_back(quoted_list(groups));
    Flow flow;
    flow.text("family", learner.family);
    flow.text("loss", choice("models.*.learner.loss", learner.loss));
    flow.text("optimizer", choice("models.*.learner.optimizer", learner.optimizer));
    flow.integer("bits", learner.bits);
    flow.number("rate", learner.rate).number("power_t", learner.power_t);
    flow.number("l1", learner.l1).number("l2", learner.l2);
    flow.number("ftrl_alpha", learner.ftrl_alpha).number("ftrl_beta", learner.ftrl_beta);
    flow.number("quantile", learner.quantile);
    flow.raw("interactions", flow_list(interactions));
    flow.integer("passes", learner.passes).integer("seed", learner.seed);
    flow.integer("early_stop", learner.early_stop);
    return flow.str();
}

std::string loop_text(const LoopDecl& loop) {
    Flow explore, retrain, gate, flow;
    if (loop.explore.kind == ExploreDecl::Kind::kSoftmax) {
        explore.number("softmax", loop.explore.temperature);
    } else {
        explore.number("epsilon", loop.explore.epsilon);
    }
    if (loop.retrain.every > 0) retrain.duration("every", loop.retrain.every);
    if (loop.retrain.or_after > 0) retrain.integer("or_after", loop.retrain.or_after);
    if (loop.retrain.score_drop > 0) retrain.number("score_drop", loop.retrain.score_drop);
    gate.number("alpha", loop.gate.alpha).integer("outcomes", loop.gate.outcomes);
    gate.duration("patience", loop.gate.patience);
    flow.boolean("online", loop.online).raw("explore", explore.str());
    flow.number("holdback", loop.holdback).number("random", loop.random);
    flow.raw("retrain", retrain.str()).raw("gate", gate.str());
    flow.boolean("auto_promote", loop.auto_promote);
    return flow.str();
}

std::string decide_text(const Spec& spec, const ModelDecl& model) {
    Flow flow;
    const std::string target = model.label_event.empty()
                                   ? spec.entities[static_cast<std::size_t>(model.entity)].name
                                   : model.label_event + "." + model.label_property;
    flow.text(task_name(model.task), target);
    return flow.str();
}

std::string model_text(const Spec& spec, const ModelDecl& model) {
    std::vector<std::string> features;
    for (const int index : model.features) {
        features.push_back(spec.features[static_cast<std::size_t>(index)].name);
    }
    std::string out;
    const auto line = [&](std::string_view key, std::string_view text) {
        out += fmt::format("    {}: {}\n", key, text);
    };
    line("decide", decide_text(spec, model));
    line("inputs", fields_text(model.inputs));
    line("outcome", outcome_text(model.outcome));
    if (model.examples) line("examples", examples_text(*model.examples));
    line("features", quoted_list(features));
    if (!model.learner.chosen_by_default) line("learner", learner_text(model.learner));
    line("loop", loop_text(model.loop));
    return out;
}

std::string server_text(const ServerDecl& server) {
    Flow tls, flow;
    flow.text("listen", server.listen);
    flow.integer("port", server.port).integer("threads", server.threads);
    flow.integer("body_max", server.body_max).integer("event_max", server.event_max);
    flow.integer("elements_max", server.elements_max).number("rate_limit", server.rate_limit);
    flow.raw("origins", quoted_list(server.origins));
    if (!server.tls_certificate.empty()) {
        tls.text("certificate", server.tls_certificate).text("key", server.tls_key);
        flow.raw("tls", tls.str());
    }
    flow.integer("entities_max", server.entities_max).integer("open_max", server.open_max);
    flow.integer("dedup_max", server.dedup_max);
    return flow.str();
}

std::string offset_text(int minutes) {
    const int size = minutes < 0 ? -minutes : minutes;
    return fmt::format("\"{}{:02}:{:02}\"", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

}  // namespace

std::string canonical_feature(const Spec& spec, const FeatureDecl& feature) {
    Flow flow;
    write_sources(spec, feature, flow);
    if (!feature.through.empty()) flow.text("through", feature.through);
    if (feature.window != kNever) flow.duration("window", feature.window);
    if (feature.op == Op::kDecay) flow.duration("half_life", feature.half_life);
    if (feature.prior_tries > 0) {
        flow.raw("prior", flow_list({settings::format_number(feature.prior_hits),
                                     settings::format_number(feature.prior_tries)}));
    }
    if (feature.op == Op::kLast) flow.integer("n", feature.n);
    if (!feature.where.empty()) flow.raw("where", where_text(feature.where));
    return flow.str();
}

std::string canonical_text(const Spec& spec) {
    std::string out = fmt::format("name: {}\n", quote(spec.name));
    if (spec.subject >= 0) {
        const std::string& subject = spec.entities[static_cast<std::size_t>(spec.subject)].name;
        out += fmt::format("subject: {}\n", quote(subject));
    }
    out += fmt::format("time: {}\n", spec.simulated_time ? "simulated" : "system");
    if (spec.zone.allow_local) {
        const bool named = !spec.zone_name.empty();
        out += fmt::format("time_zone: {}\n",
                           named ? quote(spec.zone_name) : offset_text(spec.zone.offset_minutes));
    }
    const auto section = [&](std::string_view name, const auto& all, auto&& text) {
        if (all.empty()) return;
        out += fmt::format("{}:\n", name);
        for (const auto& one : all) out += fmt::format("  {}: {}\n", quote(one.name), text(one));
    };
    section("entities", spec.entities, [](const auto& one) { return fields_text(one.attributes); });
    section("events", spec.events, [&](const auto& one) { return event_text(spec, one); });
    section("features", spec.features,
            [&](const auto& one) { return canonical_feature(spec, one); });
    if (!spec.models.empty()) out += "models:\n";
    for (const ModelDecl& model : spec.models) {
        out += fmt::format("  {}:\n{}", quote(model.name), model_text(spec, model));
    }
    Flow log, training;
    log.duration("retention", spec.log.retention);
    log.integer("segment_bytes", spec.log.segment_bytes);
    log.integer("snapshot_every", spec.log.snapshot_every);
    training.integer("threads", spec.training.threads).number("holdout", spec.training.holdout);
    out += fmt::format("server: {}\nlog: {}\ntraining: {}\n", server_text(spec.server), log.str(),
                       training.str());
    return out;
}

std::vector<std::string> changed_features(const Spec& earlier, const Spec& later) {
    std::vector<std::string> changed;
    for (const FeatureDecl& feature : later.features) {
        const int before = earlier.feature_index(feature.name);
        const bool same =
            before >= 0 &&
            canonical_feature(later, feature) ==
                canonical_feature(earlier, earlier.features[static_cast<std::size_t>(before)]);
        if (!same) changed.push_back(feature.name);
    }
    return changed;
}

}  // namespace volant::spec
