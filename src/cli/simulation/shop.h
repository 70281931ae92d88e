// Shop: what the simulator may ask of a server, and HttpShop, its only way there: the public HTTP
// API over a few keep-alive connections.
//
// Time: every request carries the simulated clock as Volant-Time. It belongs to the shop as a whole
// and only moves forward; all requests of one call are at the same instant. Threads: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_client.h"
#include "cli/json_tree.h"
#include "core/result.h"
#include "core/time.h"

namespace volant::cli::simulation {

struct Call {
    std::string target;
    std::string body;
};

class Shop {
  public:
    virtual ~Shop() = default;

    void clock(Micros now);  // CHECKs that it does not go back
    Micros now() const { return now_; }

    // POSTs all calls at once. Bodies of the answers, in the order of the calls. Any status but 200
    // is an error that names the request and what the server said.
    virtual Result<std::vector<std::string>> post(std::span<const Call> calls) = 0;
    virtual Result<JsonTree> get(std::string_view target) = 0;

    // Posts the JSON values `elements` to `target` in arrays of at most kBatch and hands on each
    // answer.
    static constexpr std::size_t kBatch = 500;
    Status post_many(std::string_view target, std::span<const std::string> elements,
                     const std::function<Status(std::string_view answer)>& on_answer);

  private:
    Micros now_ = 0;
};

struct ShopOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 7700;
    std::string key;
    std::uint32_t connections = 4;
};

// Retries: an answer of 429 or 503 is asked again, and a broken connection is opened again, for up
// to kPatience; ids on events, predictions and feedback make that safe.
class HttpShop : public Shop {
  public:
    static constexpr Micros kPatience = 30 * kSecond;

    explicit HttpShop(const ShopOptions& options);
    Result<std::vector<std::string>> post(std::span<const Call> calls) override;
    Result<JsonTree> get(std::string_view target) override;

    std::uint64_t requests() const { return requests_; }
    std::uint64_t retries() const { return retries_; }

  private:
    std::vector<api::HttpField> headers() const;
    // One pass over the calls whose answer is missing; leaves those missing that may be asked
    // again.
    Status ask(std::span<const Call> calls, std::vector<std::string>& answers,
               std::vector<std::size_t>& missing);

    std::vector<api::HttpClient> clients_;
    bool met_ =
        false;  // a server has answered: until then a GET that finds none is not tried again
    std::uint64_t requests_ = 0;
    std::uint64_t retries_ = 0;
};

}  // namespace volant::cli::simulation
