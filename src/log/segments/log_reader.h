// The Reader over segment files, for a live log and for the files of one that nobody writes.
#pragma once

#include <memory>

#include "log/log.h"
#include "log/segments/catalog.h"

namespace volant::log {

Result<std::unique_ptr<Reader>> open_reader(const Disk& disk, std::shared_ptr<Catalog> catalog,
                                            Lsn from);

}  // namespace volant::log
