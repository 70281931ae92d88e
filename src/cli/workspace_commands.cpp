#include "cli/workspace_commands.h"

#include <cstdio>
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/files.h"
#include "core/nearest.h"
#include "spec/templates.h"

namespace volant::cli {
namespace {

void list_templates() {
    for (const spec::Template& entry : spec::templates()) {
        std::printf("%-12.*s %.*s\n", static_cast<int>(entry.name.size()), entry.name.data(),
                    static_cast<int>(entry.text.size()), entry.text.data());
    }
}

}  // namespace

Status new_workspace(const std::string& template_name, const std::string& folder) {
    if (template_name.empty()) {
        list_templates();
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
    VOLANT_OK(make_folders(folder));
    VOLANT_OK(replace_file(folder + "/README.md", found->readme));
    VOLANT_OK(replace_file(folder + "/volant.yaml", found->yaml));
    std::printf("made %s; next: cd %s && volant serve\n", folder.c_str(), folder.c_str());
    return {};
}

Result<std::string> find_workspace(const std::string& folder) {
    if (!folder.empty()) return folder;
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

}  // namespace volant::cli
