#include "api/package_store.h"

#include <algorithm>

#include "model/package.h"

namespace volant::api {

Result<std::unique_ptr<model::LinearModel>> PackageStore::load(const std::string& model,
                                                               std::uint32_t version) {
    {
        const std::lock_guard guard(lock_);
        if (auto kept = kept_.extract({model, version}); !kept.empty())
            return std::move(kept.mapped());
    }
    const int index = spec_.model_index(model);
    if (index < 0) return fail(Code::kNotFound, "the specification has no model " + model);
    auto weights =
        model::load_package(models_dir_, spec_.models[static_cast<std::size_t>(index)], version);
    VOLANT_OK(found({model, version}, weights.ok() ? Status() : Status(weights.error())));
    return weights;
}

Status PackageStore::check(const std::string& model, std::uint32_t version) {
    return found({model, version},
                 model::check_package(model::package_folder(models_dir_, model, version)));
}

Status PackageStore::found(const Key& key, const Status& status) {
    const std::lock_guard guard(lock_);
    damage_.erase(key);
    if (status.ok()) return {};
    Error error = status.error();
    if (error.code == Code::kNotFound) {
        error.code = Code::kCorrupt;
        error.message = "the package of version " + std::to_string(key.second) + " of " +
                        key.first + " is gone: " + error.message;
    }
    error.hint = "restore data/models from a backup, or train again: volant train " + key.first;
    damage_[key] = error.message;
    return error;
}

std::string PackageStore::damage(const std::string& model, std::uint32_t version) const {
    const std::lock_guard guard(lock_);
    const auto it = damage_.find({model, version});
    return it == damage_.end() ? std::string() : it->second;
}

std::size_t PackageStore::damaged_count(const std::string& model) const {
    const std::lock_guard guard(lock_);
    return static_cast<std::size_t>(
        std::ranges::count_if(damage_, [&](const auto& of) { return of.first.first == model; }));
}

void PackageStore::keep(const std::string& model, std::uint32_t version,
                        std::unique_ptr<model::LinearModel> weights) {
    const std::lock_guard guard(lock_);
    kept_[{model, version}] = std::move(weights);
}

}  // namespace volant::api
