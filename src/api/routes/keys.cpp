// /v1/keys: made, listed and revoked by an administrator.
#include <algorithm>

#include "api/error_answer.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "api/wheel_answer.h"
#include "core/files.h"
#include "core/json_reader.h"
#include "core/json_writer.h"

namespace volant::api {
namespace {

// From the first key on nobody is let in without one.
constexpr std::string_view kNoAdmin =
    "no key has the scope admin yet, and only one that has may make others; stop the server to "
    "make it: volant keys create --scope admin";

void write_key(json::Writer& out, const protect::Key& key, std::string_view secret,
               std::string_view hint = {}) {
    out.object();
    out.key("id").string(key.id);
    if (!secret.empty()) out.key("key").string(secret);
    if (!hint.empty()) out.key("hint").string(hint);
    out.key("name").string(key.name);
    out.key("scopes").string(protect::scopes_text(key.scopes));
    out.key("origins").array();
    for (const std::string& origin : key.origins) out.string(origin);
    out.end();
    out.key("created_at").time(key.created_at);
    out.key("revoked_at");
    if (key.is_live()) {
        out.null();
    } else {
        out.time(key.revoked_at);
    }
    out.end();
}

bool has_admin(const protect::Keys& keys) {
    return std::ranges::any_of(keys.table()->keys(), [](const protect::Key& key) {
        return key.is_live() && protect::allows(key.scopes, protect::Scope::kAdmin);
    });
}

struct KeyRequest {
    std::string name;
    protect::Scopes scopes = 0;
    std::vector<std::string> origins;
};

Result<KeyRequest> read_request(const std::string& body) {
    json::Document document;
    KeyRequest asked;
    VOLANT_TRY(json::Item root, document.parse(body));
    VOLANT_OK(root.shaped(shapes::kNewKey, [&](int field, json::Item item) -> Status {
        switch (field) {
            case shapes::new_key::kScopes: {
                VOLANT_TRY(const std::string_view text, item.string());
                VOLANT_TRY(asked.scopes, protect::parse_scopes(text));
                return {};
            }
            case shapes::new_key::kName: {
                VOLANT_TRY(const std::string_view text, item.string());
                asked.name = text;
                return {};
            }
            case shapes::new_key::kOrigins:
                return item.array([&](std::size_t, json::Item origin) -> Status {
                    VOLANT_TRY(const std::string_view text, origin.string());
                    asked.origins.emplace_back(text);
                    return {};
                });
        }
        return {};
    }));
    VOLANT_OK(document.finish());
    return asked;
}

// Runs `act` on the apply thread; it gives the key to answer with.
void change_keys(Services services, const Call& call, Responder responder, std::string secret,
                 std::function<Result<protect::Key>(log::Turn&)> act) {
    answer_from_wheel(
        services.workspace, call, std::move(responder),
        [&keys = services.workspace.wheel().keys(), secret = std::move(secret),
         act = std::move(act)](json::Writer& out, log::Turn& turn) -> Status {
            VOLANT_TRY(const protect::Key key, act(turn));
            write_key(out, key, secret, secret.empty() || has_admin(keys) ? "" : kNoAdmin);
            return {};
        },
        Workspace::kAppendsOne);
}

void create_key(Services services, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    const auto asked = read_request(call.request.body);
    if (!asked.ok()) return responder.send(error_answer(asked.error()));
    auto made =
        protect::make_key(asked->name, asked->scopes, asked->origins, workspace.clock().now());
    if (!made.ok()) return responder.send(error_answer(made.error()));
    change_keys(services, call, std::move(responder), made->secret,
                [&workspace, key = made->key](log::Turn& turn) mutable -> Result<protect::Key> {
                    VOLANT_OK(workspace.wheel().keys().check_made());
                    key.created_at = turn.now();
                    log::append_now(turn, log::RecordType::kKey, protect::encode_key_made(key));
                    return key;
                });
}

void revoke_key(Services services, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    change_keys(services, call, std::move(responder), "",
                [&workspace, id = call.path[0]](log::Turn& turn) -> Result<protect::Key> {
                    VOLANT_OK(workspace.wheel().keys().check_revoked(id));
                    log::append_now(turn, log::RecordType::kKey, protect::encode_key_revoked(id));
                    for (const protect::Key& key : workspace.wheel().keys().table()->keys()) {
                        if (key.id == id) return key;
                    }
                    return fail(Code::kNotFound, "there is no key " + id);
                });
}

void list_keys(Services services, Call, Responder responder) {
    std::string body;
    json::Writer out(body);
    out.object().key("items").array();
    const auto table = services.workspace.wheel().keys().table();
    for (auto it = table->keys().rbegin(); it != table->keys().rend(); ++it)
        write_key(out, *it, "");
    out.end().key("next").null().end();
    responder.send(json_answer(std::move(body)));
}

constexpr Code kKeyErrors[] = {Code::kInvalidJson,  Code::kUnknownField,  Code::kMissingField,
                               Code::kWrongType,    Code::kOutOfRange,    Code::kConflict,
                               Code::kStorageFull,  Code::kInvalidUtf8,   Code::kTooDeep,
                               Code::kDuplicateKey, Code::kTimeOutOfRange};
constexpr Code kRevokeErrors[] = {Code::kNotFound, Code::kConflict, Code::kStorageFull,
                                  Code::kTimeOutOfRange};

}  // namespace

std::vector<Route> key_routes(Services services) {
    return {
        {.method = Method::kPost,
         .pattern = "/v1/keys",
         .name = "create_key",
         .scope = protect::Scope::kAdmin,
         .text = "Makes an API key and shows it, once.",
         .request = &shapes::kNewKey,
         .requests = Many::kOne,
         .answer = &shapes::kKeyMade,
         .errors = kKeyErrors,
         .handle = with(services, create_key)},
        {.method = Method::kGet,
         .pattern = "/v1/keys",
         .name = "list_keys",
         .scope = protect::Scope::kAdmin,
         .text = "All keys, newest first, without themselves.",
         .answer = &shapes::kKey,
         .answers = Many::kPage,
         .handle = with(services, list_keys)},
        {.method = Method::kDelete,
         .pattern = "/v1/keys/{id}",
         .name = "revoke_key",
         .scope = protect::Scope::kAdmin,
         .text = "Revokes a key.",
         .answer = &shapes::kKey,
         .errors = kRevokeErrors,
         .handle = with(services, revoke_key)},
    };
}

}  // namespace volant::api
