// PackageStore: gives the wheel the weights of a version: of one that was just trained from memory,
// of others from their packages. Threads: any.
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

    const std::string& models_dir() const { return models_dir_; }

  private:
    const spec::Spec& spec_;
    const std::string models_dir_;
    std::mutex lock_;
    std::map<std::pair<std::string, std::uint32_t>, std::unique_ptr<model::LinearModel>>
        kept_;  // guarded by lock_
};

}  // namespace volant::api
