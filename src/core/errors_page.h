// docs/reference/errors.md, made from the table of core/errors.h.
#pragma once

#include <string>

namespace volant {

std::string errors_markdown();

}  // namespace volant
