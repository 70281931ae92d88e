#include "model/package.h"

#include <cstdio>
#include <filesystem>

#include "core/bytes.h"
#include "core/files.h"
#include "core/json_writer.h"
#include "core/secret.h"
#include "model/learner_json.h"
#include "model/score_json.h"

namespace volant::model {
namespace {

constexpr unsigned kMode = 0640;  // as the log: what was learned is nobody else's business
constexpr const char* kFiles[] = {"package.json", "weights.bin", "scores.json"};

std::string package_json(const PackageContent& content, const std::string& digest) {
    std::string text;
    json::Writer out(text);
    const VersionRecord& version = content.version;
    out.object();
    out.key("format").integer(1);
    out.key("family").string("linear");
    out.key("model").string(version.model);
    out.key("version").unsigned_integer(version.version);
    out.key("digest").string(digest);
    out.key("trained_lsn").string(std::to_string(version.trained_lsn));
    out.key("spec_lsn").string(std::to_string(version.spec_lsn));
    out.key("examples").unsigned_integer(version.examples);
    out.key("numeric_profile").string("exact");
    out.key("learner");
    write_learner(out, content.settings);
    out.key("specification").string(content.learner);
    out.key("columns").array();
    for (const std::string& column : content.columns) out.string(column);
    out.end().end();
    return text + "\n";
}

std::string scores_json(const std::vector<Score>& scores) {
    std::string text;
    json::Writer out(text);
    write_scores(out, scores);
    return text + "\n";
}

}  // namespace

std::string package_folder(const std::string& models_dir, const std::string& model,
                           std::uint32_t version) {
    return models_dir + "/" + model + "/v" + std::to_string(version);
}

std::string package_digest(const PackageContent& content) {
    std::string bytes;
    Writer out(bytes);
    out.string(content.learner);
    out.varint(content.columns.size());
    for (const std::string& column : content.columns) out.string(column);
    out.string(content.weights);
    out.string(scores_json(content.version.scores));
    return secret::sha256_hex(bytes);
}

Result<std::string> write_package(const std::string& models_dir, const PackageContent& content) {
    const std::string folder =
        package_folder(models_dir, content.version.model, content.version.version);
    const std::string temporary = folder + ".new";
    const std::string digest = package_digest(content);
    const std::string texts[] = {package_json(content, digest), content.weights,
                                 scores_json(content.version.scores)};
    std::error_code ignored;
    std::filesystem::remove_all(temporary, ignored);
    VOLANT_OK(make_folders(temporary));
    std::string checksums;
    for (std::size_t i = 0; i < std::size(kFiles); ++i) {
        VOLANT_OK(write_file_synced(temporary + "/" + kFiles[i], texts[i], kMode));
        checksums += secret::sha256_hex(texts[i]) + "  " + kFiles[i] + "\n";
    }
    VOLANT_OK(write_file_synced(temporary + "/checksums.txt", checksums, kMode));
    VOLANT_OK(sync_folder(temporary));
    std::filesystem::remove_all(folder, ignored);
    if (std::rename(temporary.c_str(), folder.c_str()) != 0) {
        return fail(Code::kUnavailable, "cannot rename " + temporary + " to " + folder);
    }
    VOLANT_OK(sync_folder(models_dir + "/" + content.version.model));
    VOLANT_OK(sync_folder(models_dir));  // an earlier run may have made the folder and failed to
    return digest;
}

// Lines as sha256sum writes them: digest, two spaces, name.
Status check_package(const std::string& folder) {
    VOLANT_TRY(const std::string lines, read_file(folder + "/checksums.txt", 1u << 16));
    for (const char* name : kFiles) {
        VOLANT_TRY(const std::string digest, secret::sha256_hex_of_file(folder + "/" + name));
        if (lines.find(digest + "  " + name + "\n") == std::string::npos) {
            return fail(Code::kCorrupt,
                        folder + "/" + name + " does not have the checksum in checksums.txt");
        }
    }
    return {};
}

Result<std::unique_ptr<LinearModel>> load_package(const std::string& models_dir,
                                                  const spec::ModelDecl& model,
                                                  std::uint32_t version) {
    const std::string folder = package_folder(models_dir, model.name, version);
    VOLANT_OK(check_package(folder));
    VOLANT_TRY(const std::string weights, read_file(folder + "/weights.bin"));
    auto linear = std::make_unique<LinearModel>(model.learner);
    if (auto loaded = linear->load(weights); !loaded.ok())
        return std::move(loaded).error().within(folder);
    return linear;
}

}  // namespace volant::model
