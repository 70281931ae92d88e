// CSV and TSV (RFC 4180): quoted fields with "" for a quote and with line breaks, CRLF or LF, the
// last line perhaps without an end; a header, or names made up. Blank lines are passed over. A row
// with another number of fields than the header, with text behind a closing quote, or with invalid
// UTF-8 is a problem of its own; the rows around it are read.
#pragma once

#include <optional>

#include "collect/import/text_source.h"
#include "collect/row_source.h"

namespace volant::collect {

struct DelimitedOptions {
    std::optional<char> delimiter =
        {};              // else: of , tab ; | the one that cuts the first lines alike
    bool quotes = true;  // false: a quote is a character like others
    bool header = true;
};

// Errors: kInvalidJson when there is no header, kUsage for two columns of one name.
Result<std::unique_ptr<RowSource>> open_delimited(TextSource text, const DelimitedOptions& options);

// The likeliest delimiter of `head`, the first lines of a file.
char sniff_delimiter(std::string_view head);

}  // namespace volant::collect
