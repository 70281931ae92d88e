// A learner as JSON, in packages and in answers alike: what a model was, or will be, trained by.
#pragma once

#include "core/json_writer.h"
#include "spec/spec.h"

namespace volant::model {

// {"family","loss","optimizer","bits","passes","interactions":[["user","book"],...],"default"}, the
// last one whether `learner` was left out.
void write_learner(json::Writer& out, const spec::LearnerDecl& learner);
// The same members, in an object that is open.
void write_learner_members(json::Writer& out, const spec::LearnerDecl& learner);

}  // namespace volant::model
