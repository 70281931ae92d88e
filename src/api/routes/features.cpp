// GET /v1/features/{entity}/{id}.
#include "api/error_answer.h"
#include "api/model_lookup.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "api/wheel_answer.h"
#include "core/json_writer.h"

namespace volant::api {
namespace {

// Features that are known by this entity alone.
std::vector<int> features_of(const spec::Spec& spec, int entity) {
    std::vector<int> out;
    for (std::size_t i = 0; i < spec.features.size(); ++i) {
        const spec::FeatureDecl& feature = spec.features[i];
        const bool attribute =
            feature.op == spec::Op::kAttribute && feature.attribute.entity == entity;
        const bool own = feature.by.size() == 1 && feature.by[0] == spec::KeyPart{entity, -1};
        if (attribute || own) out.push_back(static_cast<int>(i));
    }
    return out;
}

void write_row(json::Writer& out, const spec::Spec& spec, const collect::Entities& entities,
               const features::FeatureStore& store, int entity, const std::string& id, Micros at,
               log::Lsn lsn) {
    features::Keys keys(spec.entities.size(), collect::kNoEntity);
    keys[static_cast<std::size_t>(entity)] = entities.find(entity, id);
    out.object();
    out.key("entity").string(spec.entities[static_cast<std::size_t>(entity)].name);
    out.key("id").string(id);
    out.key("known").boolean(keys[static_cast<std::size_t>(entity)] != collect::kNoEntity);
    out.key("at").time(at);
    out.key("lsn").string(std::to_string(lsn));
    out.key("features").object();
    for (const int feature : features_of(spec, entity)) {
        out.key(spec.features[static_cast<std::size_t>(feature)].name)
            .value(store.read(feature, keys, at));
    }
    out.end().end();
}

// The world as it was: the log folded again, up to what was known at that time.
Response row_then(Workspace& workspace, int entity, const std::string& id, Micros at,
                  const IsWanted& is_wanted) {
    const spec::Spec& spec = workspace.spec();
    collect::Entities entities(spec);
    features::FeatureStore store(spec, entities);
    collect::EventView event;
    collect::Effects effects;
    auto reader = workspace.log().read(workspace.log().stat().first_lsn);
    if (!reader.ok()) return error_answer(reader.error());
    log::Record record;
    log::Lsn lsn = 0;
    while (true) {
        const auto more = (*reader)->next(record);
        if (!more.ok()) return error_answer(more.error());
        if (!*more) break;
        if (!is_wanted()) return error_answer(client_gone());
        // Imported history has its own times, so later records may be earlier.
        if (record.known_at > at || record.type != log::RecordType::kEvent) continue;
        if (!collect::decode_event(spec, record, event).ok()) continue;
        entities.observe(event, effects);
        store.observe(event, effects);
        lsn = record.lsn;
    }
    std::string body;
    json::Writer out(body);
    write_row(out, spec, entities, store, entity, id, at, lsn);
    return json_answer(std::move(body));
}

void row_now(Services services, const Call& call, Responder responder, int entity) {
    Workspace& workspace = services.workspace;
    answer_from_wheel(
        workspace, call, std::move(responder),
        [&workspace, entity, id = call.path[1]](json::Writer& out, log::Turn& turn) -> Status {
            const optimize::Wheel& wheel = workspace.wheel();
            write_row(out, wheel.spec(), wheel.entities(), wheel.features(), entity, id, turn.now(),
                      wheel.lsn());
            return {};
        });
}

void get_features(Services services, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    const auto entity = find_entity(workspace.spec(), call.path[0]);
    if (!entity.ok()) return responder.send(error_answer(entity.error()));
    const auto at = call.time_of("at");
    if (!at) return row_now(services, call, std::move(responder), *entity);
    services.background.folds.answer(
        std::move(responder),
        [&workspace, entity = *entity, id = call.path[1], at = *at](const IsWanted& is_wanted) {
            return row_then(workspace, entity, id, at, is_wanted);
        });
}

constexpr Field kFeatureQuery[] = {
    {.name = "at",
     .kind = Kind::kTime,
     .text = "As of this time; left out, now. The log is folded again for it."}};
constexpr Code kFeatureErrors[] = {Code::kNotFound, Code::kInvalidTime, Code::kOverloaded};

}  // namespace

std::vector<Route> feature_routes(Services services) {
    return {{.method = Method::kGet,
             .pattern = "/v1/features/{entity}/{id}",
             .name = "get_features",
             .scope = protect::Scope::kRead,
             .text = "The features of an entity, now or as they were.",
             .query = kFeatureQuery,
             .answer = &shapes::kFeatureRow,
             .errors = kFeatureErrors,
             .handle = with(services, get_features)}};
}

}  // namespace volant::api
