// Result<T>: a value or an Error. Everything that can fail at run time returns one.
//
// An Error names its code (a row of core/errors.h), what was found and what was expected, and, for
// requests, the field as a JSON pointer. Exceptions do not travel: they are caught where a library
// throws them. CHECK is for broken promises between our own functions, never for input.
#pragma once

#include <cstdlib>
#include <new>
#include <string>
#include <utility>

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

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace volant

// A broken promise between our own functions ends the process with the place. Never for input.
#define VOLANT_CHECK(expression)             \
    (static_cast<bool>(expression) ? void(0) \
                                   : ::volant::check_failed(#expression, __FILE__, __LINE__))

namespace volant {

// An Error or none, in one word: every token of a request has a result, and few have an error.
class MaybeError {
  public:
    MaybeError() noexcept = default;
    explicit MaybeError(Error error) : error_(new Error(std::move(error))) {}
    MaybeError(const MaybeError& other) : error_(other ? new Error(*other) : nullptr) {}
    MaybeError(MaybeError&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
    MaybeError& operator=(MaybeError other) noexcept {
        std::swap(error_, other.error_);
        return *this;
    }
    ~MaybeError() {
        if (error_) [[unlikely]]
            end(error_);
    }

    explicit operator bool() const { return error_ != nullptr; }
    Error& operator*() const {
        VOLANT_CHECK(error_);
        return *error_;
    }

  private:
    static void end(Error* error);  // apart, so that its strings' ends are not in every function
    Error* error_ = nullptr;
};

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : ok_(true), value_(std::move(value)) {}       // NOLINT: implicit
    Result(Error error) : ok_(false), error_(std::move(error)) {}  // NOLINT: implicit
    Result(Result&& other) noexcept : ok_(other.ok_) {
        if (ok_) {
            new (&value_) T(std::move(other.value_));
        } else {
            new (&error_) MaybeError(std::move(other.error_));
        }
    }
    Result& operator=(Result&& other) noexcept {
        if (this != &other) {
            this->~Result();
            new (this) Result(std::move(other));
        }
        return *this;
    }
    ~Result() {
        if (ok_) {
            value_.~T();
        } else {
            error_.~MaybeError();
        }
    }

    bool ok() const { return ok_; }
    explicit operator bool() const { return ok(); }

    T& value() & { return checked(); }
    const T& value() const& { return const_cast<Result*>(this)->checked(); }
    T&& value() && { return std::move(checked()); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & { return checked_error(); }
    const Error& error() const& { return checked_error(); }
    Error&& error() && { return std::move(checked_error()); }

  private:
    T& checked() {
        VOLANT_CHECK(ok_);
        return value_;
    }
    Error& checked_error() const {
        VOLANT_CHECK(!ok_);
        return *error_;
    }

    bool ok_;
    union {
        T value_;
        MaybeError error_;
    };
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() noexcept = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }

  private:
    MaybeError error_;
};

using Status = Result<void>;

}  // namespace volant

// Names are counted, so that these nest (a callback inside the expression may use them too).
#define VOLANT_NAME2(a, b) a##b
#define VOLANT_NAME(a, b) VOLANT_NAME2(a, b)

// `VOLANT_OK(status_expression);` returns the error to the caller, if there is one.
#define VOLANT_OK(expression) VOLANT_OK_AS(VOLANT_NAME(volant_status_, __COUNTER__), expression)
#define VOLANT_OK_AS(name, expression)                                            \
    do {                                                                          \
        if (auto name = (expression); !name.ok()) return std::move(name).error(); \
    } while (false)

// `VOLANT_TRY(auto x, result_expression);` binds the value, or returns the error to the caller.
#define VOLANT_TRY(declaration, expression) \
    VOLANT_TRY_AS(VOLANT_NAME(volant_result_, __COUNTER__), declaration, expression)
#define VOLANT_TRY_AS(name, declaration, expression) \
    auto name = (expression);                        \
    if (!name.ok()) return std::move(name).error();  \
    declaration = std::move(name).value()
