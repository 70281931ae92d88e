#include "cli/workspace_commands.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "api/spec_preview.h"
#include "cli/output.h"
#include "core/files.h"
#include "core/json_writer.h"
#include "core/nearest.h"
#include "model/learner_json.h"
#include "spec/spec.h"
#include "spec/templates.h"

namespace volant::cli {
namespace {

void list_templates(bool as_json) {
    if (as_json) {
        std::string text;
        json::Writer out(text);
        out.object().key("templates").array();
        for (const spec::Template& entry : spec::templates()) {
            out.object().key("name").string(entry.name).key("text").string(entry.text).end();
        }
        out.end().end();
        return print_line(text);
    }
    for (const spec::Template& entry : spec::templates()) {
        std::printf("%-12.*s %.*s\n", static_cast<int>(entry.name.size()), entry.name.data(),
                    static_cast<int>(entry.text.size()), entry.text.data());
    }
}

}  // namespace

Status new_workspace(const std::string& template_name, const std::string& folder, bool as_json) {
    if (template_name.empty()) {
        list_templates(as_json);
        return {};
    }
    const spec::Template* found = spec::find_template(template_name);
    if (found == nullptr) {
        std::vector<std::string_view> known;
        for (const spec::Template& entry : spec::templates()) known.push_back(entry.name);
        const auto near = nearest(template_name, known);
        return fail(
            Code::kUsage, "there is no template \"" + template_name + "\"", {},
            near ? "did you mean \"" + std::string(*near) + "\"?" : "`volant new` lists them");
    }
    if (folder.empty())
        return fail(Code::kUsage,
                    "found no folder, expected: volant new " + template_name + " DIR");
    if (file_exists(folder + "/volant.yaml"))
        return fail(Code::kConflict, folder + " has a volant.yaml already");
    if (Status made = make_folders(folder); !made.ok()) {
        Error error = made.error();  // it is the machine that says no, whatever the reason
        if (error.code == Code::kNotFound) error.code = Code::kUnavailable;
        return error;
    }
    VOLANT_OK(replace_file(folder + "/README.md", found->readme));
    VOLANT_OK(replace_file(folder + "/volant.yaml", found->yaml));
    if (as_json) {
        std::string text;
        json::Writer(text)
            .object()
            .key("folder")
            .string(folder)
            .key("template")
            .string(template_name)
            .end();
        print_line(text);
        return {};
    }
    fmt::print("made {0}/volant.yaml and {0}/README.md; next:\n\n  cd {0}\n  volant serve\n",
               folder);
    return {};
}

Run declare_new(Options& options) {
    struct Arguments {
        std::string name, folder;
    };
    const auto given = std::make_shared<Arguments>();
    options.option("TEMPLATE", given->name, "Which template; left out: lists them").type("");
    options.option("DIR", given->folder, "The new folder").type("");
    return [given](const Session& session) -> Result<int> {
        VOLANT_OK(new_workspace(given->name, given->folder, session.json));
        return 0;
    };
}

namespace {

Result<int> validate(const Session& session) {
    VOLANT_TRY(const std::string folder, find_workspace(session.folder));
    const std::string path = folder + "/volant.yaml";
    const auto text = read_file(path, kSpecBytesMax);
    if (!text.ok()) {
        if (text.error().code != Code::kNotFound) return text.error();
        return fail(Code::kNoWorkspace, "found no " + path, {},
                    "volant new TEMPLATE DIR makes one");
    }
    const auto spec = spec::parse_spec(*text, path);
    const auto notes = spec.ok() ? api::preview_change(folder, *spec)
                                 : Result<std::vector<std::string>>(spec.error());
    if (session.json) {
        std::string out;
        json::Writer writer(out);
        writer.object().key("ok").boolean(notes.ok());
        if (!notes.ok()) {
            writer.key("error");
            json::write_error(writer, notes.error());
        } else if (!notes->empty()) {
            writer.key("notes").array();
            for (const std::string& note : *notes) writer.string(note);
            writer.end();
        }
        writer.end();
        print_line(out);
        return notes.ok() ? 0 : error_row(notes.error().code).exit_code;
    }
    if (!notes.ok()) return notes.error();
    for (const std::string& note : *notes) fmt::print(stderr, "{}\n", note);
    fmt::print("{}: ok: {} entities, {} events, {} features, {} models\n", path,
               spec->entities.size(), spec->events.size(), spec->features.size(),
               spec->models.size());
    for (const spec::ModelDecl& model : spec->models) {
        std::string body;
        json::Writer out(body);
        model::write_learner(out, model.learner);
        VOLANT_TRY(const JsonTree learner, parse_json(body));
        fmt::print("  {}: {}\n", model.name, learner_text(learner));
    }
    return 0;
}

}  // namespace

Run declare_validate(Options&) {
    return validate;
}

Result<std::string> find_workspace(const std::string& folder) {
    if (!folder.empty()) {
        if (file_exists(folder + "/volant.yaml")) return folder;
        return fail(Code::kNoWorkspace, "found no volant.yaml in " + folder, {},
                    "volant new TEMPLATE DIR makes a workspace");
    }
    std::error_code error;
    std::filesystem::path at = std::filesystem::current_path(error);
    while (!error) {
        if (file_exists((at / "volant.yaml").string())) return at.string();
        if (at == at.parent_path()) break;
        at = at.parent_path();
    }
    return fail(Code::kNoWorkspace, "found no volant.yaml here or in a folder above", {},
                "volant new TEMPLATE DIR makes a workspace");
}

Result<spec::Spec> read_spec(const std::string& folder) {
    const std::string path = folder + "/volant.yaml";
    VOLANT_TRY(const std::string yaml, read_file(path, kSpecBytesMax));
    return spec::parse_spec(yaml, path);
}

}  // namespace volant::cli
