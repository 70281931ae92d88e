// What this room's tests of the whole API share: a workspace in a folder of its own, requests to
// its routes, and places in answers. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "api/local_sink.h"
#include "api/service.h"
#include "core/json_reader.h"

namespace volant::api::testing {

// What stands at a JSON pointer: a string without its quotes, anything else as its text; "" if
// nothing does.
inline std::string at(std::string_view body, std::string_view pointer) {
    json::Document document;
    auto root = document.parse(body);
    if (!root.ok()) return {};
    std::string found;
    const std::function<Status(json::Item, std::string_view)> walk =
        [&](json::Item item, std::string_view rest) -> Status {
        if (rest.empty()) {
            if (item.is_string()) {
                VOLANT_TRY(const std::string_view text, item.string());
                found = text;
            } else {
                VOLANT_TRY(const std::string_view text, item.raw());
                found = text;
            }
            return {};
        }
        const std::string_view name = rest.substr(1, rest.find('/', 1) - 1);
        const std::string_view after = rest.substr(1 + name.size());
        if (item.is_object())
            return item.object([&](std::string_view key, json::Item member) -> Status {
                return key == name ? walk(member, after) : Status{};
            });
        if (item.is_array())
            return item.array([&](std::size_t index, json::Item element) -> Status {
                return std::to_string(index) == name ? walk(element, after) : Status{};
            });
        return {};
    };
    EXPECT_TRUE(walk(*root, pointer).ok()) << body;
    return found;
}

// `answer` is one body of `shape`: what is required is there, nothing else is, and of its kind.
inline Status fits(json::Item answer, const Shape& shape) {
    return answer.shaped(
        shape,
        [&](int index, json::Item item) -> Status {
            const Field& field = shape.fields[static_cast<std::size_t>(index)];
            if (field.shape == nullptr) return {};
            if (field.kind == Kind::kObject) return fits(item, *field.shape);
            return item.array([&](std::size_t, json::Item element) -> Status {
                return fits(element, *field.shape);
            });
        },
        [&](std::string_view, json::Item) -> Status { return {}; });
}

// A workspace that can be stopped, changed and started again.
class Home {
  public:
    explicit Home(std::string_view specification) {
        folder_ = (std::filesystem::temp_directory_path() / "volant_home_XXXXXX").string();
        EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
        write(specification);
        start();
    }
    ~Home() {
        stop();
        std::filesystem::remove_all(folder_);
    }

    void write(std::string_view specification) const {
        std::ofstream(folder_ + "/volant.yaml") << specification;
    }
    void start() {
        auto opened = Service::open(folder_);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        service_ = std::move(*opened);
        const Status started = service_->start();
        ASSERT_TRUE(started.ok()) << started.error().message;
    }
    void stop() {
        if (!service_) return;
        EXPECT_TRUE(service_->stop().ok());
        service_.reset();
    }
    void restart() {
        stop();
        start();
    }

    // From this machine, with Volant-Time where `time` is not empty.
    Response call(Method method, std::string target, std::string body = {},
                  std::string_view content_type = "application/json") {
        Request request;
        request.method = method;
        request.target = std::move(target);
        request.body = std::move(body);
        request.peer.address = peer;
        request.headers.add("Host", "localhost");
        request.headers.add("Content-Type", content_type);
        if (!time.empty()) request.headers.add("Volant-Time", time);
        if (!key.empty()) request.headers.add("Authorization", "Bearer " + key);
        return ask(service_->router(), std::move(request));
    }
    Response get(std::string target) { return call(Method::kGet, std::move(target)); }
    Response post(std::string target, std::string body) {
        return call(Method::kPost, std::move(target), std::move(body));
    }
    // The answer of a call that must go well.
    std::string ok(const Response& response) const {
        EXPECT_EQ(response.status / 100, 2) << response.body;
        return response.body;
    }
    // "400 unknown_field /field"
    static std::string refusal(const Response& response) {
        std::string out = std::to_string(response.status) + " " + at(response.body, "/error/code");
        const std::string field = at(response.body, "/error/field");
        return field.empty() ? out : out + " " + field;
    }

    Service& service() { return *service_; }
    const std::string& folder() const { return folder_; }

    std::string time;
    std::string key;
    std::array<std::uint8_t, 16> peer{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};

  private:
    std::string folder_;
    std::unique_ptr<Service> service_;
};

}  // namespace volant::api::testing
