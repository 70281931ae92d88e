// Models, versions, jobs and decisions as JSON.
#pragma once

#include "api/jobs.h"
#include "api/package_store.h"
#include "core/json_writer.h"
#include "measure/cluster_sums.h"
#include "model/registry.h"
#include "optimize/wheel.h"
#include "spec/spec.h"

namespace volant::api {

void write_model(json::Writer& out, const optimize::Wheel& wheel, const PackageStore& packages,
                 int model);
void write_version(json::Writer& out, const optimize::Wheel& wheel, const PackageStore& packages,
                   const model::VersionEntry& version);
void write_baseline_version(json::Writer& out, const std::string& model);
void write_job(json::Writer& out, const JobView& job);
void write_decision(json::Writer& out, const model::DecisionRecord& decision, log::Lsn lsn,
                    Micros time);
// Each arm with its impressions and mean outcome with its interval, since the promotion and in all.
void write_arms(json::Writer& out, const optimize::ModelFigures& figures);
// {"mean","low","high","count"}; an interval that is not known yet is null.
void write_estimate(json::Writer& out, const measure::Estimate& estimate);

}  // namespace volant::api
