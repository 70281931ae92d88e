// Whatever text comes in: it is either refused as it should be, or is a value that the writer gives
// back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/json_reader.h"
#include "core/json_writer.h"

namespace {

using volant::Code;

volant::Result<volant::Value> read(volant::json::Document& document, std::string_view text) {
    VOLANT_TRY(volant::json::Item root, document.parse(text));
    VOLANT_TRY(volant::Value value, root.value());
    VOLANT_OK(document.finish());
    return value;
}

// Walks all of it, objects too, giving up each inner value at its first error.
volant::Status walk(volant::json::Item item) {
    if (item.is_object()) {
        return item.object([](std::string_view, volant::json::Item inner) { return walk(inner); });
    }
    return item.elements([](std::size_t, volant::json::Item inner) -> volant::Status {
        (void)walk(inner).ok();
        return {};
    });
}

bool is_a_refusal(Code code) {
    return code == Code::kInvalidJson || code == Code::kInvalidUtf8 || code == Code::kWrongType ||
           code == Code::kOutOfRange || code == Code::kTooDeep || code == Code::kDuplicateKey;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static volant::json::Document document, again;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (auto root = document.parse(text); root.ok()) {
        (void)walk(*root).ok();
        (void)document.finish().ok();
    }
    const auto value = read(document, text);
    if (!value.ok()) {
        VOLANT_CHECK(is_a_refusal(value.error().code));
        return 0;
    }
    std::string written;
    volant::json::Writer(written).value(*value);
    const auto back = read(again, written);
    VOLANT_CHECK(back.ok());
    VOLANT_CHECK(*back == *value);
    return 0;
}
