#include "core/result.h"

#include <cstdio>

namespace volant {

void MaybeError::end(Error* error) {
    delete error;
}

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "volant: broken promise at %s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace volant
