// The settings table of volant.yaml: each key that this release reads, and those that a later one
// will.
#pragma once

#include "core/settings.h"

namespace volant::spec {

const settings::Table& settings_table();

}  // namespace volant::spec
