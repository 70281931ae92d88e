#include "api/page.h"

#include <charconv>

namespace volant::api {

Result<PageAsked> page_asked(const Call& call) {
    PageAsked page;
    page.limit = static_cast<std::size_t>(call.integer("limit", kPageDefault));
    const std::string* cursor = call.parameter("cursor");
    if (cursor == nullptr) return page;
    const auto [end, error] =
        std::from_chars(cursor->data(), cursor->data() + cursor->size(), page.before);
    if (error == std::errc{} && end == cursor->data() + cursor->size() && page.before > 0)
        return page;
    return fail(Code::kOutOfRange,
                "found cursor \"" + cursor->substr(0, 40) + "\", expected `next` of a page",
                "/cursor");
}

}  // namespace volant::api
