#include "cli/keys_commands.h"

#include <fmt/format.h>

#include <memory>

#include "api/percent.h"
#include "cli/client.h"
#include "cli/output.h"

namespace volant::cli {
namespace {

struct Asked {
    std::vector<std::string> scopes, origins;
    std::string name, id;
};

std::string request_body(const Asked& asked) {
    std::string body, scopes;
    for (const std::string& scope : asked.scopes) scopes += (scopes.empty() ? "" : ",") + scope;
    json::Writer out(body);
    out.object().key("scopes").string(scopes);
    if (!asked.name.empty()) out.key("name").string(asked.name);
    if (!asked.origins.empty()) {
        out.key("origins").array();
        for (const std::string& origin : asked.origins) out.string(origin);
        out.end();
    }
    out.end();
    return body;
}

// The key alone goes to stdout, so that a script can take it.
Result<int> create(const Session& session, const Asked& asked) {
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const std::string answer,
               client.send(api::Method::kPost, "/v1/keys", request_body(asked)));
    if (session.json) {
        print_line(answer);
        return 0;
    }
    VOLANT_TRY(const JsonTree key, parse_json(answer));
    print_line(key["key"].text);
    print_note(fmt::format("key {} may {}; it is shown this once. Every request needs a key now.",
                           key["id"].text, key["scopes"].text));
    if (const auto hint = key["hint"].text_or(""); !hint.empty()) print_note(hint);
    return 0;
}

Result<int> list(const Session& session) {
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const std::string answer, client.send(api::Method::kGet, "/v1/keys"));
    if (session.json) {
        print_line(answer);
        return 0;
    }
    VOLANT_TRY(const JsonTree page, parse_json(answer));
    Table table({"id", "name", "scopes", "created", "revoked"});
    for (const JsonTree& key : page["items"].items) {
        table.row({key["id"].text, key["name"].text, key["scopes"].text,
                   time_text(key["created_at"]), time_text(key["revoked_at"])});
    }
    if (table.empty()) {
        print_note("no key was made: only this machine may ask");
    } else {
        table.print(Terminal::of(stdout));
    }
    return 0;
}

Result<int> revoke(const Session& session, const std::string& id) {
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const std::string answer,
               client.send(api::Method::kDelete, "/v1/keys/" + api::percent_encode(id)));
    print_line(session.json ? answer : "revoked " + id);
    return 0;
}

}  // namespace

Run declare_keys_create(Options& options) {
    const auto asked = std::make_shared<Asked>();
    options.option("--scope", asked->scopes, "ingest, predict, read, admin; several with commas")
        .required()
        .type("SCOPE")
        .separated_by(',')
        .up_to(4);
    options.option("--name", asked->name, "Your word for it").type("TEXT");
    options.option("--origin", asked->origins, "For browsers: only pages of this origin; repeat it")
        .type("URL");
    return [asked](const Session& session) { return create(session, *asked); };
}

Run declare_keys_list(Options&) {
    return list;
}

Run declare_keys_revoke(Options& options) {
    const auto asked = std::make_shared<Asked>();
    options.option("ID", asked->id, "As `volant keys list` shows it").required().type("");
    return [asked](const Session& session) { return revoke(session, asked->id); };
}

}  // namespace volant::cli
