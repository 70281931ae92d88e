// Options: what a command takes, declared in the words of its help. Parsing writes each given value
// to where its option points; what was not given keeps the value that stands there.
//
// Commands see CLI11 through this door only: its header costs a compiler more than a command does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace volant::cli {

// One option, to say more about: options.option(...).type("N").range(1, 1000).
class Option {
  public:
    explicit Option(CLI::Option& option) : option_(option) {}

    Option& required();
    Option& type(std::string_view name);  // what help calls a value; "" for what stands by itself
    Option& shows_default();
    Option& positive();
    Option& range(std::int64_t lowest, std::int64_t highest);
    Option& one_of(std::vector<std::string> words);
    Option& separated_by(char separator);  // several values in one argument
    Option& up_to(int values);             // so many at most each time that it is given
    Option& repeated();                    // one each time, and all of them are kept

  private:
    CLI::Option& option_;
};

class Options {
  public:
    explicit Options(CLI::App& app) : app_(app) {}

    // `names` as in "-w,--workspace", or "FILE" for what stands by itself. `value` must live until
    // the command line is parsed. T: std::string, a vector of them, a double or an integer.
    template <typename T>
    Option option(std::string_view names, T& value, std::string_view text);

    Option flag(std::string_view names, bool& value, std::string_view text);

  private:
    CLI::App& app_;
};

}  // namespace volant::cli
