// Requests: whole HTTP requests, made before the clock runs; only the digits of their ids change as
// they are sent. So the client's cost does not depend on what is in them, as with a client that
// sends one prepared text.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace volant::bench {

// Ten of these in a body stand for a number of ten digits, another one at each place and each time.
inline constexpr std::string_view kNumberMark = "##########";
// In a body it stands for the id of an answer that has come, another one each time.
inline constexpr std::string_view kIdMark = "PREDICTION_ID";

class Requests {
  public:
    // Reads lines `PATH BODY` from the file; `batch` > 1 joins as many lines, of one path, to the
    // NDJSON body of a request. Numbers are given from `first_number` on. Ends the program with a
    // message if that cannot be done.
    Requests(const std::string& file, std::size_t batch, std::uint64_t first_number,
             const std::string& host);

    // The next request in turn; one that wants an id is passed over while none is there. The view
    // lives until the pool has been round once.
    std::string_view next();
    // Keeps the answer's prediction id for a request that wants one, if the pool has such.
    void take_id(std::string_view answer);
    std::uint64_t numbers_given() const { return numbers_given_; }

  private:
    struct Prepared {
        std::string text;
        std::vector<std::uint32_t> marks;  // where numbers go
        std::string path, body;            // of one that wants an id: its length changes
    };
    static void write(Prepared& request, std::string_view path, std::string_view body,
                      std::string_view type, const std::string& host);
    bool put_id(Prepared& request);
    void put_numbers(Prepared& request);

    const std::string host_;
    std::vector<Prepared> pool_;
    std::size_t place_ = 0;
    bool wants_ids_ = false;
    std::deque<std::string> ids_;
    const std::uint64_t first_number_;
    std::uint64_t numbers_given_ = 0;
};

}  // namespace volant::bench
