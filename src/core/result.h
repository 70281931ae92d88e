// Result<T>: a value or an Error. Everything that can fail at run time returns one.
//
// An Error names its code (a row of core/errors.h), what was found and what was expected, and, for
// requests, the field as a JSON pointer. Exceptions do not travel: they are caught where a library
// throws them. CHECK is for broken promises between our own functions, never for input.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "core/errors.h"

namespace volant {

struct Error {
    Code code = Code::kInternal;
    std::string message;
    std::string field;  // JSON pointer, or empty
    std::string hint;   // or empty

    // Says where the error was met: "load model: file not found".
    Error within(std::string_view where) && {
        message = std::string(where) + ": " + message;
        return std::move(*this);
    }
    // Puts `prefix` ("/3") before the field's pointer.
    Error at(std::string_view prefix) && {
        field = std::string(prefix) + field;
        return std::move(*this);
    }
};

// Makes an Error; `field` is a JSON pointer such as "/time".
inline Error fail(Code code, std::string message, std::string field = {}, std::string hint = {}) {
    return Error{code, std::move(message), std::move(field), std::move(hint)};
}

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}    // NOLINT: implicit
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & { return std::get<1>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    // Written out: `return {};` of a defaulted one would first clear all the bytes of the error that
    // is not there.
    Result() noexcept {}
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return *std::move(error_); }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace volant

// A broken promise between our own functions ends the process with the place. Never for input.
#define VOLANT_CHECK(expression) \
    (static_cast<bool>(expression) ? void(0) : ::volant::check_failed(#expression, __FILE__, __LINE__))

// Names are counted, so that these nest (a callback inside the expression may use them too).
#define VOLANT_NAME2(a, b) a##b
#define VOLANT_NAME(a, b) VOLANT_NAME2(a, b)

// `VOLANT_OK(status_expression);` returns the error to the caller, if there is one.
#define VOLANT_OK(expression) VOLANT_OK_AS(VOLANT_NAME(volant_status_, __COUNTER__), expression)
#define VOLANT_OK_AS(name, expression)                           \
    do {                                                         \
        if (auto name = (expression); !name.ok())                \
            return std::move(name).error();                      \
    } while (false)

// `VOLANT_TRY(auto x, result_expression);` binds the value, or returns the error to the caller.
#define VOLANT_TRY(declaration, expression) \
    VOLANT_TRY_AS(VOLANT_NAME(volant_result_, __COUNTER__), declaration, expression)
#define VOLANT_TRY_AS(name, declaration, expression)  \
    auto name = (expression);                         \
    if (!name.ok()) return std::move(name).error();   \
    declaration = std::move(name).value()
