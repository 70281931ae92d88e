// PackageStore: gives the wheel the weights of a version: of one that was just trained from memory,
// of others from their packages. Remembers which packages are damaged or gone, as far as they were
// looked at. Threads: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "deploy/live_models.h"
#include "spec/spec.h"

namespace volant::api {

class PackageStore : public deploy::WeightsSource {
  public:
    PackageStore(const spec::Spec& spec, std::string models_dir)
        : spec_(spec), models_dir_(std::move(models_dir)) {}

    Result<std::unique_ptr<model::LinearModel>> load(const std::string& model,
                                                     std::uint32_t version) override;
    // Kept until it is loaded once: the wheel must not wait for the disk when a training ends.
    void keep(const std::string& model, std::uint32_t version,
              std::unique_ptr<model::LinearModel> weights);

    // Reads all of the package, but keeps nothing: kCorrupt when it is damaged or gone, with the
    // way out.
    Status check(const std::string& model, std::uint32_t version);
    // What the last look at the package found wrong with it, or "".
    std::string damage(const std::string& model, std::uint32_t version) const;
    std::size_t damaged_count(const std::string& model) const;

    const std::string& models_dir() const { return models_dir_; }

  private:
    using Key = std::pair<std::string, std::uint32_t>;
    Status found(const Key& key, const Status& status);

    const spec::Spec& spec_;
    const std::string models_dir_;
    mutable std::mutex lock_;
    // Guarded by lock_.
    std::map<Key, std::unique_ptr<model::LinearModel>> kept_;
    std::map<Key, std::string> damage_;
};

}  // namespace volant::api
