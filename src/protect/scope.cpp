#include "protect/scope.h"

#include <array>

#include "core/nearest.h"
#include "core/text.h"

namespace volant::protect {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"ingest", "predict", "read", "admin"};

}  // namespace

std::string_view scope_name(Scope scope) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (static_cast<Scopes>(scope) == 1u << i) return kNames[i];
    }
    return "none";
}

std::string scopes_text(Scopes scopes) {
    std::string out;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if ((scopes >> i & 1) == 0) continue;
        if (!out.empty()) out.push_back(',');
        out.append(kNames[i]);
    }
    return out;
}

Result<Scopes> parse_scopes(std::string_view text) {
    Scopes scopes = 0;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view name = trimmed(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        std::size_t i = 0;
        while (i < kNames.size() && kNames[i] != name) ++i;
        if (i == kNames.size()) {
            return fail(Code::kOutOfRange,
                        "found scope \"" + std::string(name) +
                            "\", expected ingest, predict, read or admin",
                        {}, name_hint(name, kNames));
        }
        scopes |= static_cast<Scopes>(1u << i);
    }
    if (scopes == 0)
        return fail(Code::kOutOfRange, "found no scope, expected ingest, predict, read or admin");
    return scopes;
}

}  // namespace volant::protect
