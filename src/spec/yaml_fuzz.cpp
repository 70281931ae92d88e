// libFuzzer target: any text is either refused with a place, or is a specification whose canonical
// text parses to the same one.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/result.h"
#include "spec/spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto spec = volant::spec::parse_spec(text);
    if (!spec.ok()) {
        VOLANT_CHECK(spec.error().code == volant::Code::kInvalidSpec);
        VOLANT_CHECK(spec.error().message.starts_with("volant.yaml:"));
        return 0;
    }
    const auto again = volant::spec::parse_spec(spec->canonical);
    VOLANT_CHECK(again.ok());
    VOLANT_CHECK(*again == *spec);
    return 0;
}
