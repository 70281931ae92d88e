// A prediction's id holds its lsn and a MAC: it needs no index to be found, and a forged one is
// refused. 22 characters of base64url over 16 bytes: lsn, then SipHash-2-4(key, lsn).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/secret.h"
#include "log/record.h"

namespace volant::feedback {

class PredictionIds {
  public:
    explicit PredictionIds(const secret::MacKey& key) : key_(key) {}
    std::string make(log::Lsn lsn) const;
    // nullopt for anything that make() did not make with this key.
    std::optional<log::Lsn> read(std::string_view id) const;

  private:
    secret::MacKey key_;
};

}  // namespace volant::feedback
