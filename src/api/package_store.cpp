#include "api/package_store.h"

#include "core/logging.h"
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
    return model::load_package(models_dir_, spec_.models[static_cast<std::size_t>(index)], version);
}

void PackageStore::keep(const std::string& model, std::uint32_t version,
                        std::unique_ptr<model::LinearModel> weights) {
    const std::lock_guard guard(lock_);
    kept_[{model, version}] = std::move(weights);
}

}  // namespace volant::api
