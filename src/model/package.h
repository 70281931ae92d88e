// Package: a trained version as a folder, models/<model>/v<version>/. docs/formats/package.md has
// each file.
//
//   package.json   what it is: model, version, digest, lineage (log place, specification, build,
//   seed) weights.bin    LinearModel::save() scores.json    the offline scores with intervals,
//   beside the baseline's checksums.txt  SHA-256 of the others, as `sha256sum -c` reads them
//
// The digest covers specification, columns, weights and scores: the same log, specification, seed
// and build give the same digest. A package is written to a folder beside its place, synced, then
// renamed: it is there whole or not at all. Threads: any, for different versions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "model/columns.h"
#include "model/linear.h"
#include "model/registry.h"
#include "spec/spec.h"

namespace volant::model {

struct PackageContent {
    VersionRecord version;             // its digest is filled in by write_package
    std::vector<std::string> columns;  // names, in order
    std::string learner;               // canonical text of the model's part of the specification
    spec::LearnerDecl settings;        // the learner, for people to read
    std::string weights;               // LinearModel::save()
};

// "<models_dir>/<model>/v<version>"
std::string package_folder(const std::string& models_dir, const std::string& model,
                           std::uint32_t version);

// The digest alone: 64 hexadecimal digits.
std::string package_digest(const PackageContent& content);

// Writes the folder and returns the digest. An existing folder of this version is replaced (a
// training that was killed before it was registered left it). Errors: kStorageFull, kUnavailable.
Result<std::string> write_package(const std::string& models_dir, const PackageContent& content);

// Whether the folder is there and every file has its checksum. kNotFound, kCorrupt (names the
// file).
Status check_package(const std::string& folder);

// Checks, then loads the weights. Errors as check_package; kCorrupt also under another learner.
Result<std::unique_ptr<LinearModel>> load_package(const std::string& models_dir,
                                                  const spec::ModelDecl& model,
                                                  std::uint32_t version);

}  // namespace volant::model
