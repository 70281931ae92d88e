// RouteTree: finds the routes of a path. A literal segment wins over a parameter.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/route.h"

namespace volant::api {

// A request's target in its parts, still percent-encoded. An absolute target (http://host/path)
// loses its scheme and host.
struct Target {
    std::string_view path;
    std::string_view query;  // without the question mark
};
Target split_target(std::string_view target);

// The segments of a path or pattern after its first slash.
std::vector<std::string_view> segments_of(std::string_view path);

// Is this segment of a pattern a parameter: `{model}`?
inline bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

class RouteTree {
  public:
    static constexpr int kNoRoute = -1;
    static constexpr std::size_t kSegmentsMax = 16;

    // Indices into the table by method; kNoRoute where there is none.
    using Routes = std::array<int, static_cast<std::size_t>(Method::kOther)>;

    struct Match {
        const Routes* routes = nullptr;  // null: no such path
        std::vector<std::string> path;   // decoded parameters
    };

    explicit RouteTree(std::span<const Route> table);  // whose texts outlive the tree
    ~RouteTree();

    // Errors: kUsage, kInvalidUtf8 for a path that cannot be decoded.
    Result<Match> find(std::string_view path) const;

    // "GET, HEAD, OPTIONS": for Allow.
    static std::string methods_of(const Routes& routes);

  private:
    struct Node;
    static bool descend(const Node& node, std::span<const std::string> segments, Match& match);
    std::unique_ptr<Node> root_;
    std::map<std::string_view, const Node*, std::less<>> plain_;  // patterns without parameters
};

}  // namespace volant::api
