#include "api/net/parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>

#include "core/text.h"

namespace volant::api {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::size_t kFieldsMax = 200;
constexpr std::size_t kMethodShown = 40;
constexpr std::size_t kReserveMax = 1u << 20;  // a body's announced size is believed this far

std::string_view view(string_view text) {
    return {text.data(), text.size()};
}

// The callbacks of Beast: they fill a Request.
class Callbacks final : public http::basic_parser<true> {
  public:
    explicit Callbacks(const ParserLimits& limits) : header_bytes_max_(limits.header_bytes_max) {
        eager(true);
        header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
        body_limit(limits.body_bytes_max);
    }

    Request request;
    bool is_http11 = false;
    bool header_done = false;
    bool expects_continue = false;
    int hosts = 0;
    bool unknown_coding = false;

  private:
    void on_request_impl(http::verb, string_view method, string_view target, int version,
                         error_code& ec) override {
        is_http11 = version == 11;
        if (target.size() > header_bytes_max_) ec = http::error::header_limit;
        request.method = method_from_name(view(method));
        if (request.method == Method::kOther)
            request.other_method = view(method).substr(0, kMethodShown);
        request.target = view(target);
    }
    void on_response_impl(int, string_view, int, error_code&) override {}

    void on_field_impl(http::field field, string_view name, string_view value,
                       error_code& ec) override {
        if (header_done) return;  // a trailer
        const std::size_t bytes =
            request.target.size() + request.headers.bytes() + name.size() + value.size();
        if (bytes > header_bytes_max_ || request.headers.size() >= kFieldsMax) {
            ec = http::error::header_limit;
            return;
        }
        if (field == http::field::host) ++hosts;
        if (field == http::field::expect) {
            expects_continue = is_http11 && equal_ignoring_case(view(value), "100-continue");
        }
        if (field == http::field::transfer_encoding &&
            !equal_ignoring_case(view(value), "chunked")) {
            unknown_coding = true;
        }
        request.headers.add(view(name), view(value));
    }
    void on_header_impl(error_code&) override { header_done = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) request.body.reserve(std::min<std::uint64_t>(*length, kReserveMax));
    }
    std::size_t on_body_impl(string_view body, error_code&) override {
        request.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
        request.body.append(body.data(), body.size());
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    const std::size_t header_bytes_max_;
};

Error parse_error(const error_code& ec, const ParserLimits& limits) {
    if (ec == http::error::body_limit) {
        return fail(Code::kTooLarge,
                    "the body exceeds " + std::to_string(limits.body_bytes_max) + " bytes");
    }
    if (ec == http::error::header_limit) {
        return fail(Code::kTooLarge, "the request's head exceeds " +
                                         std::to_string(limits.header_bytes_max) + " bytes or " +
                                         std::to_string(kFieldsMax) + " fields");
    }
    return fail(Code::kUsage, "not an HTTP/1.1 request: " + ec.message());
}

}  // namespace

// Beast's parser reads one message; it is made anew for each.
class RequestParser::Machine {
  public:
    std::optional<Callbacks> now;
};

RequestParser::RequestParser(ParserLimits limits)
    : limits_(limits), machine_(std::make_unique<Machine>()) {}

RequestParser::~RequestParser() = default;

Result<bool> RequestParser::put(std::string_view bytes, std::size_t& used) {
    used = 0;
    auto& now = machine_->now;
    if (!now) {
        // Empty lines before a request are skipped (RFC 9112 2.2).
        while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
        if (used == bytes.size()) return false;
        now.emplace(limits_);
    }
    error_code ec;
    used += now->put({bytes.data() + used, bytes.size() - used}, ec);
    if (ec && ec != http::error::need_more) return parse_error(ec, limits_);
    if (!now->header_done) return false;
    if (now->unknown_coding) {
        return fail(Code::kUsage, "Transfer-Encoding must be 'chunked'");
    }
    if (now->is_http11 && now->hosts == 0) {
        return fail(Code::kUsage, "an HTTP/1.1 request must have a Host field");
    }
    if (now->hosts > 1) return fail(Code::kUsage, "found more than one Host field, expected one");
    return now->is_done();
}

Request RequestParser::take() {
    VOLANT_CHECK(machine_->now && machine_->now->is_done());
    keep_alive_ = machine_->now->keep_alive();
    is_http11_ = machine_->now->is_http11;
    Request request = std::move(machine_->now->request);
    machine_->now.reset();
    return request;
}

bool RequestParser::in_request() const {
    return machine_->now.has_value();
}

bool RequestParser::in_body() const {
    return machine_->now && machine_->now->header_done;
}

bool RequestParser::wants_continue() const {
    return in_body() && machine_->now->expects_continue;
}

std::size_t RequestParser::body_bytes() const {
    return machine_->now ? machine_->now->request.body.size() : 0;
}

bool RequestParser::keep_alive() const {
    return keep_alive_;
}

bool RequestParser::is_http11() const {
    return is_http11_;
}

}  // namespace volant::api
