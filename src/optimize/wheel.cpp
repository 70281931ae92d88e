#include "optimize/wheel.h"

#include <algorithm>

#include "collect/ingest.h"

namespace volant::optimize {

Wheel::Wheel(const spec::Spec& spec, deploy::WeightsSource& weights)
    : spec_(spec),
      schema_(spec),
      dedup_(spec.server.dedup_max),
      entities_(spec),
      features_(spec, entities_),
      registry_(spec),
      controller_(spec),
      live_(spec, weights,
            [this](const deploy::Judged& judged) {
                controller_.judged(judged, registry_.model(judged.closed.model));
            }),
      open_(
          spec, [this](const feedback::Closed& closed) { live_.closed(closed, lsn_); },
          [this](const feedback::OpenPrediction& open, std::size_t place) {
              live_.outcome(open, place);
          },
          [this](int model, std::string_view item) { live_.came_alone(model, item); }),
      keys_(spec.server.origins),
      reader_(spec) {}

void Wheel::apply(const log::Record& record) {
    lsn_ = record.lsn;
    time_ = std::max(time_, record.known_at);
    if (counts_.first_time == 0) counts_.first_time = time_;
    open_.expire(time_);
    switch (record.type) {
        case log::RecordType::kTick:
            break;
        case log::RecordType::kSpec:
            specification(record);
            break;
        case log::RecordType::kEvent:
            event(record);
            break;
        case log::RecordType::kPrediction:
            prediction(record);
            break;
        case log::RecordType::kFeedback:
            feedback(record);
            break;
        case log::RecordType::kVersion:
            version(record);
            break;
        case log::RecordType::kDecision:
            decision(record);
            break;
        case log::RecordType::kKey:
            keys_.apply(record);
            break;
    }
}

bool Wheel::readable(const Status& status) {
    if (status.ok()) return true;
    ++counts_.unreadable;
    return false;
}

void Wheel::event(const log::Record& record) {
    const auto read = reader_.read(record);
    if (!read.ok()) return void(++counts_.unreadable);
    collect::EventView& event = **read;
    ++counts_.events;
    counts_.last_event_time = std::max(counts_.last_event_time, record.event_time);
    schema_.observe(event);
    if (event.id_given)
        dedup_.insert(event.fingerprint,
                      {record.lsn,
                       collect::event_body_check(record.clear, record.sealed, record.event_time)});
    entities_.observe(event, effects_);
    features_.observe(event, effects_);
    open_.event(event);
}

void Wheel::prediction(const log::Record& record) {
    if (!readable(feedback::decode_prediction(record, prediction_))) return;
    ++counts_.predictions;
    if (prediction_.fingerprint != Hash128{})
        dedup_.insert(prediction_.fingerprint, {record.lsn, 0});
    const int index = spec_.model_index(prediction_.model);
    if (index >= 0) open_.open(feedback::opened(record, prediction_, index, spec_));
}

void Wheel::feedback(const log::Record& record) {
    if (!readable(feedback::decode_feedback(record, feedback_))) return;
    ++counts_.feedbacks;
    if (feedback_.fingerprint != Hash128{})
        dedup_.insert(feedback_.fingerprint, {record.lsn, feedback::body_check(feedback_)});
    if (open_.feedback(feedback_, record.known_at) == feedback::FeedbackState::kLate)
        ++counts_.late_feedbacks;
}

void Wheel::version(const log::Record& record) {
    const auto version = model::decode_version(record);
    if (!version.ok()) return void(++counts_.unreadable);
    const int index = spec_.model_index(version->model);
    if (index < 0) return;
    registry_.version(*version, record);
    live_.add_version(index, version->version, version->trained_lsn);
    keep_residents(index);
}

void Wheel::decision(const log::Record& record) {
    const auto decision = model::decode_decision(record);
    if (!decision.ok()) return void(++counts_.unreadable);
    const int index = spec_.model_index(decision->model);
    if (index < 0) return;
    ++counts_.decisions;
    registry_.decision(*decision, record);
    decisions_.add(*decision, record);
    controller_.decided(index, *decision, record.known_at);
    keep_residents(index);
}

std::uint32_t Wheel::serving(int model) const {
    const std::uint32_t live = registry_.model(model).live;
    return live_.version(model, live) == nullptr ? 0 : live;
}

bool Wheel::is_resident(int model, std::uint32_t version) const {
    const model::Registry::Model& entry = registry_.model(model);
    return version == entry.live || version == entry.previous || version == entry.candidate ||
           version == entry.versions.size();
}

void Wheel::load_missing() {
    for (int i = 0; i < static_cast<int>(spec_.models.size()); ++i) {
        const model::VersionEntry* version = registry_.find(i, registry_.model(i).live);
        if (version != nullptr && serving(i) == 0 && live_.can_catch_up(i, version->trained_lsn))
            live_.add_version(i, version->version, version->trained_lsn);
    }
}

void Wheel::keep_residents(int index) {
    const model::Registry::Model& entry = registry_.model(index);
    for (const model::VersionEntry& version : entry.versions) {
        const std::uint32_t v = version.version;
        const bool keep = is_resident(index, v);
        const bool resident = live_.version(index, v) != nullptr;
        if (resident && !keep) live_.drop_version(index, v);
        if (keep && !resident && v == entry.live) live_.add_version(index, v, version.trained_lsn);
    }
}

void Wheel::specification(const log::Record& record) {
    specs_.emplace_back(record.lsn, record.clear);
    if (!read_columns(record.lsn, record.clear)) ++counts_.unreadable;
}

bool Wheel::read_columns(log::Lsn lsn, std::string_view canonical) {
    const auto logged = spec::parse_logged_spec(canonical, "the logged specification");
    if (logged.ok()) live_.add_spec(lsn, *logged);
    return logged.ok();
}

}  // namespace volant::optimize
