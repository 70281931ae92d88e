#include "cli/status_commands.h"

#include <fmt/format.h>

#include <memory>

#include "api/percent.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/status_view.h"

namespace volant::cli {
namespace {

void print_lines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) print_line(line);
}

// One GET: as JSON, or shown by `show`.
template <class Show>
Result<int> look(const Session& session, const std::string& target, Show&& show) {
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const std::string answer, client.send(api::Method::kGet, target));
    if (session.json) {
        print_line(answer);
        return 0;
    }
    VOLANT_TRY(const JsonTree tree, parse_json(answer));
    show(tree, client);
    return 0;
}

struct Page {
    std::string model, cancel;
    std::int64_t limit = 20;
};

void declare_limit(Options& options, Page& page) {
    options.option("--limit", page.limit, "How many, newest first")
        .type("N")
        .range(1, 1000)
        .shows_default();
}

void show_page(const JsonTree& page, std::string_view none,
               std::vector<std::string> (*lines)(const std::vector<JsonTree>&, const Terminal&)) {
    if (page["items"].items.empty()) return print_note(none);
    print_lines(lines(page["items"].items, Terminal::of(stdout)));
    if (page.has("next")) print_note("there are older ones: --limit shows more");
}

Result<int> models(const Session& session, const std::string& model) {
    if (model.empty()) {
        return look(session, "/v1/models", [](const JsonTree& page, const Client&) {
            show_page(page, "volant.yaml has no models", model_lines);
            print_lines(damage_lines(page["items"].items, Terminal::of(stdout)));
        });
    }
    return look(session, model_target(model), [](const JsonTree& about, const Client&) {
        const Terminal out = Terminal::of(stdout);
        print_lines(model_lines({about}, out));
        print_line("learner: " + learner_text(about["learner"]));
        print_line("");
        print_lines(version_lines(about, out));
        print_lines(damage_lines({about}, out));
    });
}

Result<int> jobs(const Session& session, const Page& page) {
    if (!page.cancel.empty()) {
        VOLANT_TRY(Client client, Client::open(session));
        if (client.in_process())
            return fail(Code::kConflict, "no server runs, so no training does");
        VOLANT_TRY(
            const std::string answer,
            client.send(api::Method::kDelete, "/v1/jobs/" + api::percent_encode(page.cancel)));
        if (session.json) {
            print_line(answer);
            return 0;
        }
        // One that runs ends at its next look, one that waited is gone.
        VOLANT_TRY(const JsonTree job, client.get("/v1/jobs/" + api::percent_encode(page.cancel)));
        print_line("job " + page.cancel +
                   (job["state"].text == "cancelled" ? " is cancelled" : " is being cancelled"));
        return 0;
    }
    return look(session, fmt::format("/v1/jobs?limit={}", page.limit),
                [](const JsonTree& answer, const Client& client) {
                    show_page(answer, "nothing was trained yet", job_lines);
                    if (client.in_process())
                        print_note(
                            "no server runs: these gave a version; what waits, fails or is "
                            "cancelled only a running server knows");
                });
}

}  // namespace

Run declare_status(Options&) {
    return [](const Session& session) {
        return look(session, "/v1/status", [](const JsonTree& status, const Client& client) {
            print_lines(status_lines(status,
                                     client.in_process() ? "no server runs" : client.where(),
                                     Terminal::of(stdout)));
        });
    };
}

Run declare_models(Options& options) {
    const auto given = std::make_shared<Page>();
    options.option("MODEL", given->model, "One of them, with its versions").type("");
    return [given](const Session& session) { return models(session, given->model); };
}

Run declare_jobs(Options& options) {
    const auto given = std::make_shared<Page>();
    declare_limit(options, *given);
    options.option("--cancel", given->cancel, "Cancels this one instead").type("JOB");
    return [given](const Session& session) { return jobs(session, *given); };
}

Run declare_decisions(Options& options) {
    const auto given = std::make_shared<Page>();
    options.option("--model", given->model, "Only those about this model").type("MODEL");
    declare_limit(options, *given);
    return [given](const Session& session) {
        std::string target = fmt::format("/v1/decisions?limit={}", given->limit);
        if (!given->model.empty()) target += "&model=" + api::percent_encode(given->model);
        return look(session, target, [](const JsonTree& page, const Client&) {
            show_page(page, "nothing was decided yet", decision_lines);
        });
    };
}

}  // namespace volant::cli
