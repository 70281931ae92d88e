// The canonical text of a specification: the form that is recorded in the log and compared.
#pragma once

#include <string>
#include <vector>

#include "spec/spec.h"

namespace volant::spec {

// YAML with every value written out, sections and keys in a fixed order, named things in the order
// of the file (their order gives the indices). parse_spec(canonical_text(spec)) gives `spec` again,
// to the bit. A learner that was chosen by default is left out, as it was in the file. Of a zone by
// name there is the name alone: every time in the text has UTC.
std::string canonical_text(const Spec& spec);

// One feature's canonical form, with names instead of indices: equal texts fold alike.
std::string canonical_feature(const Spec& spec, const FeatureDecl& feature);

// Names of the features of `later` that are new or mean something else than in `earlier`, in the
// order of `later`: their state must be folded again. A feature that only moved in the file is not
// among them.
std::vector<std::string> changed_features(const Spec& earlier, const Spec& later);

}  // namespace volant::spec
