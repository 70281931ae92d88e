#include "core/errors_page.h"

#include "core/errors.h"

namespace volant {

std::string errors_markdown() {
    std::string out =
        "# Errors\n\n"
        "Made from the table in `src/core/errors.cpp`.\n\n"
        "A refused request is answered by `{\"error\": {\"code\", \"message\", \"field\"?, "
        "\"hint\"?}}`: `message` says what\n"
        "was found and what was expected, `field` is a JSON pointer (with the index in an array: "
        "`/3/time`). A command\n"
        "says the same on stderr and ends with the exit code. Where a retry may help, the answer "
        "has `Retry-After`.\n\n"
        "| code | HTTP | exit | retry | meaning |\n"
        "|---|---|---|---|---|\n";
    for (const ErrorRow& row : error_table()) {
        out += "| `" + std::string(row.name) + "` | " + std::to_string(row.http_status) + " | " +
               std::to_string(row.exit_code) + " | " + (row.retry ? "yes" : "no") + " | " +
               std::string(row.meaning) + " |\n";
    }
    return out;
}

}  // namespace volant
