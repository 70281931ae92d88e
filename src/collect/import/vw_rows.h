// Vowpal Wabbit's text: `label importance base 'tag |namespace:weight feature:value feature ...`.
//
// Columns: `label`, `importance`, `base`, `tag` where a line has them; a feature with a value is
// the number `namespace.feature`; features without one are the string `namespace`, or a list of
// strings where a line has several (`features` for the namespace without a name). A namespace's
// weight multiplies its values, and gives its features without one that number.
#pragma once

#include "collect/import/text_source.h"
#include "collect/row_source.h"

namespace volant::collect {

std::unique_ptr<RowSource> open_vw(TextSource text);

}  // namespace volant::collect
