#include "cli/training_commands.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "cli/client.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace volant::cli {
namespace {

constexpr auto kAskEvery = std::chrono::milliseconds(100);

void print_scores(const JsonTree& scores) {
    Table table({"score", "value", "95 % interval", "baseline"});
    for (const JsonTree& score : scores.items) {
        table.row({score["name"].text, figure_text(score["value"]),
                   interval_text(score["low"], score["high"]), figure_text(score["baseline"])});
    }
    if (!table.empty()) table.print(Terminal::of(stdout));
}

bool is_finished(const JsonTree& job) {
    const std::string& state = job["state"].text;
    return state == "done" || state == "failed" || state == "cancelled";
}

// A training is reading, training, registering: each has a bar of its own.
class JobProgress {
  public:
    void show(const JsonTree& job) {
        const std::string& stage = job["stage"].text;
        if (stage.empty() || is_finished(job)) return;
        if (stage != stage_) {
            stage_ = stage;
            bar_ = std::make_unique<Progress>(Terminal::of(stderr), stage);
        }
        bar_->total(static_cast<std::uint64_t>(job["total"].number_or(0)));
        bar_->update(static_cast<std::uint64_t>(job["done"].number_or(0)));
    }
    void done() { bar_.reset(); }

  private:
    std::string stage_;
    std::unique_ptr<Progress> bar_;
};

// Interrupted: a training in this process ends with it, one in the server goes on.
Error leave(Client& client, const std::string& job) {
    if (client.in_process()) {
        (void)client.send(api::Method::kDelete, "/v1/jobs/" + job);
        return fail(Code::kCancelled, "interrupted; nothing was registered");
    }
    return fail(Code::kCancelled, "interrupted; job " + job + " goes on in the server", {},
                "volant jobs shows it; volant jobs --cancel " + job + " ends it");
}

Result<JsonTree> wait_for(Client& client, const std::string& job) {
    JobProgress progress;
    while (true) {
        VOLANT_TRY(JsonTree view, client.get("/v1/jobs/" + job));
        progress.show(view);
        if (is_finished(view)) return view;
        if (interrupted()) {
            progress.done();
            return leave(client, job);
        }
        std::this_thread::sleep_for(kAskEvery);
    }
}

// What the job's own error says, with its code.
Error job_error(const JsonTree& job) {
    std::string body;
    json::Writer out(body);
    out.object().key("error");
    write_tree(out, job["error"]);
    out.end();
    if (job.has("error")) return answer_error(0, body);
    return fail(Code::kCancelled, "the training was cancelled");
}

std::string train_json(const JsonTree& job) {
    std::string text;
    json::Writer out(text);
    out.object();
    for (const char* name : {"job", "model", "version", "digest"}) {
        out.key(name);
        write_tree(out, job[name]);
    }
    out.key("metrics");
    write_tree(out, job["metrics"]);
    out.end();
    return text;
}

// What the gate did with the new version.
std::string what_became(const JsonTree& version, const std::string& name) {
    const std::string number = version["version"].text;
    const std::string& state = version["state"].text;
    if (state == "live") return fmt::format("version {} serves now", number);
    if (state == "candidate")
        return fmt::format(
            "version {} is compared with what serves, on fresh outcomes; volant promote {} {} "
            "does not wait",
            number, name, number);
    return fmt::format("version {} is {}; volant promote {} {} makes it serve", number, state, name,
                       number);
}

Result<int> train(const Session& session, const std::string& model) {
    catch_interrupts();
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const JsonTree asked, client.post(model_target(model, "/train"), "{}"));
    const std::string id = asked["job"].text;
    VOLANT_TRY(const JsonTree job, wait_for(client, id));
    if (job["state"].text != "done") return job_error(job);
    if (session.json) {
        print_line(train_json(job));
        return 0;
    }
    fmt::print("{} version {} from {} examples, digest {}\n", model, job["version"].text,
               count_text(job["examples"]), job["digest"].text.substr(0, 16));
    VOLANT_TRY(const JsonTree about, client.get(model_target(model)));
    print_line("learner: " + learner_text(about["learner"]));
    print_scores(job["metrics"]);
    VOLANT_TRY(const JsonTree version,
               client.get(model_target(model, "/versions/" + job["version"].text)));
    print_line(what_became(version, model));
    return 0;
}

// The version asked for; else the one that serves; else the newest.
Result<JsonTree> find_version(Client& client, const std::string& model, std::int64_t asked) {
    VOLANT_TRY(const JsonTree about, client.get(model_target(model)));
    std::string number = asked >= 0 ? std::to_string(asked) : about["live"].text;
    const auto& versions = about["versions"].items;
    if (asked < 0 && number == "0" && !versions.empty()) number = versions[0]["version"].text;
    if (number == "0") {
        return fail(Code::kNotTrained,
                    asked == 0 ? "version 0 is the baseline: every score stands beside its own"
                               : "no version of " + model + " was trained yet",
                    {}, "volant train " + model);
    }
    return client.get(model_target(model, "/versions/" + number));
}

std::string evaluate_json(const JsonTree& version, const std::string& model) {
    std::string text;
    json::Writer out(text);
    out.object().key("model").string(model).key("version");
    write_tree(out, version["version"]);
    out.key("split").string("holdout");
    out.key("rows");
    write_tree(out, version["scored"]);
    out.key("metrics");
    write_tree(out, version["metrics"]);
    out.key("slices").array().end().end();
    return text;
}

Result<int> evaluate(const Session& session, const std::string& model, std::int64_t asked) {
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const JsonTree version, find_version(client, model, asked));
    if (session.json) {
        print_line(evaluate_json(version, model));
        return 0;
    }
    fmt::print("{} version {} ({}), trained {} on {} examples{}\n", model, version["version"].text,
               version["state"].text, time_text(version["created_at"]),
               count_text(version["examples"]),
               version.has("scored")
                   ? ", scored on " + count_text(version["scored"]) + " that were set aside"
                   : "");
    print_scores(version["metrics"]);
    return 0;
}

Result<int> decide(const Session& session, const std::string& target, const std::string& body) {
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const std::string answer, client.send(api::Method::kPost, target, body));
    if (session.json) {
        print_line(answer);
        return 0;
    }
    VOLANT_TRY(const JsonTree decision, parse_json(answer));
    fmt::print("{}: version {} serves now, before it {}\n", decision["model"].text,
               decision["version"].text, decision["from"].text);
    return 0;
}

struct ModelArguments {
    std::string model, why;
    std::int64_t version = -1;
};

std::shared_ptr<ModelArguments> declare_model(Options& options) {
    auto given = std::make_shared<ModelArguments>();
    options.option("MODEL", given->model, "A model of volant.yaml").required().type("");
    return given;
}

}  // namespace

Run declare_train(Options& options) {
    const auto given = declare_model(options);
    return [given](const Session& session) { return train(session, given->model); };
}

Run declare_evaluate(Options& options) {
    const auto given = declare_model(options);
    options
        .option("--version", given->version,
                "Which version; else the one that serves, else the newest")
        .type("N")
        .range(0, UINT32_MAX);
    return
        [given](const Session& session) { return evaluate(session, given->model, given->version); };
}

Run declare_promote(Options& options) {
    const auto given = declare_model(options);
    options.option("VERSION", given->version, "What shall serve; 0 is the baseline")
        .required()
        .type("")
        .range(0, UINT32_MAX);
    options.option("--why", given->why, "For the record").type("TEXT");
    return [given](const Session& session) {
        std::string body;
        json::Writer out(body);
        out.object().key("version").integer(given->version);
        if (!given->why.empty()) out.key("why").string(given->why);
        out.end();
        return decide(session, model_target(given->model, "/promote"), body);
    };
}

Run declare_rollback(Options& options) {
    const auto given = declare_model(options);
    options.option("--why", given->why, "For the record").type("TEXT");
    return [given](const Session& session) {
        std::string body;
        json::Writer out(body);
        out.object();
        if (!given->why.empty()) out.key("why").string(given->why);
        out.end();
        return decide(session, model_target(given->model, "/rollback"), body);
    };
}

}  // namespace volant::cli
