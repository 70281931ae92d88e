// Bodies that hold one or many: one JSON object, a JSON array, or NDJSON. One bad element never
// spoils the others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/error_answer.h"
#include "api/route.h"
#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/ndjson.h"
#include "core/result.h"

namespace volant::api {

struct ManyForm {
    bool single = false;  // one object: answered by one object
    bool ndjson = false;  // answered by NDJSON
};

template <class T>
struct ManyOf : ManyForm {
    std::vector<Result<T>> elements;
};

inline Error too_many(std::size_t elements_max) {
    return fail(Code::kTooLarge, "found more than " + std::to_string(elements_max) +
                                     " elements, expected at most that many");
}

// Reads each element by `parse(json::Item) -> Result<T>`. Errors of elements carry their index in
// the field's pointer. An error of the whole: broken JSON, too many elements.
template <class T, class Parse>
Result<ManyOf<T>> read_many(const Call& call, std::size_t elements_max, Parse&& parse) {
    thread_local json::Document document;
    ManyOf<T> out;
    const auto add = [&](std::size_t index, Result<T> element) {
        if (!element.ok()) element = std::move(element).error().at("/" + std::to_string(index));
        out.elements.push_back(std::move(element));
    };
    if (call.body_kind == BodyKind::kNdjson) {
        out.ndjson = true;
        NdjsonLines lines(call.request.body);
        std::string_view line;
        while (lines.next(line)) {
            if (out.elements.size() == elements_max) return too_many(elements_max);
            Result<json::Item> root = document.parse(line);
            Result<T> element = root.ok() ? parse(*root) : Result<T>(std::move(root).error());
            if (element.ok()) {
                if (Status end = document.finish(); !end.ok()) element = std::move(end).error();
            }
            add(out.elements.size(), std::move(element));
        }
        return out;
    }
    VOLANT_TRY(json::Item root, document.parse(call.request.body));
    if (!root.is_array()) {
        out.single = true;
        out.elements.push_back(parse(root));
        if (out.elements.back().ok()) VOLANT_OK(document.finish());
        return out;
    }
    bool over = false;
    VOLANT_OK(root.elements([&](std::size_t index, json::Item item) -> Status {
        if (index >= elements_max) {
            over = true;
            return {};
        }
        add(index, parse(item));
        return {};
    }));
    if (over) return too_many(elements_max);
    VOLANT_OK(document.finish());
    return out;
}

// The answer in the form in which was asked: the same out as in, in order. `error_of(i)` is nullptr
// or the error of element i; `write(out, i)` writes the members of its answer. `refused`:
// all-or-nothing was asked for and something was wrong, so that the good elements are told why
// nothing came of them.
template <class ErrorOf, class Write>
Response many_answer(const ManyForm& form, std::size_t count, bool refused, ErrorOf&& error_of,
                     Write&& write) {
    if (form.single) {
        if (const Error* error = error_of(0)) return error_answer(*error);
    }
    std::string body;
    json::Writer out(body);
    const bool array = !form.single && !form.ndjson;
    if (array) out.array();
    for (std::size_t i = 0; i < count; ++i) {
        const Error* error = error_of(i);
        out.object();
        if (error != nullptr || refused) {
            out.key("error");
            json::write_error(out, error != nullptr ? *error
                                                    : fail(Code::kConflict,
                                                           "another element was refused, and "
                                                           "atomic was asked for"));
        } else {
            write(out, i);
        }
        out.end();
        if (form.ndjson) body.push_back('\n');
    }
    if (array) out.end();
    Response response = json_answer(std::move(body), refused && !form.single ? 400 : 200);
    if (form.ndjson) response.content_type = "application/x-ndjson";
    return response;
}

}  // namespace volant::api
