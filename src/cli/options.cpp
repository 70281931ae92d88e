#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace volant::cli {

Option& Option::required() {
    option_.required();
    return *this;
}

Option& Option::type(std::string_view name) {
    option_.type_name(std::string(name));
    return *this;
}

Option& Option::shows_default() {
    option_.capture_default_str();
    return *this;
}

Option& Option::positive() {
    option_.check(CLI::PositiveNumber);
    return *this;
}

Option& Option::range(std::int64_t lowest, std::int64_t highest) {
    option_.check(CLI::Range(lowest, highest));
    return *this;
}

Option& Option::one_of(std::vector<std::string> words) {
    option_.check(CLI::IsMember(std::move(words)));
    return *this;
}

Option& Option::separated_by(char separator) {
    option_.delimiter(separator);
    return *this;
}

Option& Option::up_to(int values) {
    option_.expected(1, values);
    return *this;
}

Option& Option::repeated() {
    option_.expected(1)->take_all();
    return *this;
}

template <typename T>
Option Options::option(std::string_view names, T& value, std::string_view text) {
    return Option(*app_.add_option(std::string(names), value, std::string(text)));
}

template Option Options::option(std::string_view, std::string&, std::string_view);
template Option Options::option(std::string_view, std::vector<std::string>&, std::string_view);
template Option Options::option(std::string_view, std::uint16_t&, std::string_view);
template Option Options::option(std::string_view, std::uint32_t&, std::string_view);
template Option Options::option(std::string_view, std::uint64_t&, std::string_view);
template Option Options::option(std::string_view, std::int64_t&, std::string_view);
template Option Options::option(std::string_view, double&, std::string_view);

Option Options::flag(std::string_view names, bool& value, std::string_view text) {
    return Option(*app_.add_flag(std::string(names), value, std::string(text)));
}

}  // namespace volant::cli
