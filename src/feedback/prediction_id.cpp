#include "feedback/prediction_id.h"

#include <array>
#include <cstring>

#include "core/base64url.h"

namespace volant::feedback {
namespace {

using Bytes = std::array<unsigned char, 16>;  // lsn, MAC

Bytes pack(const secret::MacKey& key, log::Lsn lsn) {
    const std::uint64_t mac =
        secret::mac64(key, std::string_view(reinterpret_cast<const char*>(&lsn), sizeof lsn));
    Bytes bytes;
    std::memcpy(bytes.data(), &lsn, 8);
    std::memcpy(bytes.data() + 8, &mac, 8);
    return bytes;
}

}  // namespace

std::string PredictionIds::make(log::Lsn lsn) const {
    const Bytes bytes = pack(key_, lsn);
    return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<log::Lsn> PredictionIds::read(std::string_view id) const {
    Bytes claimed;
    if (!from_base64url(id, claimed)) return std::nullopt;
    log::Lsn lsn;
    std::memcpy(&lsn, claimed.data(), sizeof lsn);
    // The text itself is compared, so that one id has one text.
    if (!secret::equal(make(lsn), id)) return std::nullopt;
    return lsn;
}

}  // namespace volant::feedback
