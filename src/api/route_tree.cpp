#include "api/route_tree.h"

#include "api/percent.h"

namespace volant::api {

struct RouteTree::Node {
    Node() { routes.fill(kNoRoute); }
    bool ends() const {
        for (const int route : routes) {
            if (route != kNoRoute) return true;
        }
        return false;
    }

    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    Routes routes;
};

Target split_target(std::string_view target) {
    if (!target.starts_with('/')) {
        const std::size_t scheme = target.find("://");
        if (scheme != std::string_view::npos) {
            const std::size_t path = target.find_first_of("/?", scheme + 3);
            target = path == std::string_view::npos ? "/" : target.substr(path);
        }
    }
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return {target, {}};
    return {target.substr(0, mark), target.substr(mark + 1)};
}

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    if (path.starts_with('/')) path.remove_prefix(1);
    for (;;) {
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

RouteTree::RouteTree(std::span<const Route> table) : root_(std::make_unique<Node>()) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        Node* node = root_.get();
        for (const std::string_view segment : segments_of(table[i].pattern)) {
            auto& next =
                is_parameter(segment) ? node->parameter : node->literals[std::string(segment)];
            if (!next) next = std::make_unique<Node>();
            node = next.get();
        }
        node->routes[static_cast<std::size_t>(table[i].method)] = static_cast<int>(i);
        if (table[i].pattern.find('{') == std::string_view::npos) plain_[table[i].pattern] = node;
    }
}

RouteTree::~RouteTree() = default;

Result<RouteTree::Match> RouteTree::find(std::string_view path) const {
    Match match;
    if (const auto plain = plain_.find(path); plain != plain_.end()) {
        match.routes = &plain->second->routes;
        return match;
    }
    const auto raw = segments_of(path);
    if (!path.starts_with('/') || raw.size() > kSegmentsMax) return match;
    std::vector<std::string> segments;
    segments.reserve(raw.size());
    for (const std::string_view segment : raw) {
        VOLANT_TRY(std::string decoded, percent_decode(segment));
        segments.push_back(std::move(decoded));
    }
    descend(*root_, segments, match);
    return match;
}

bool RouteTree::descend(const Node& node, std::span<const std::string> segments, Match& match) {
    if (segments.empty()) {
        if (node.ends()) match.routes = &node.routes;
        return node.ends();
    }
    const std::string& segment = segments.front();
    const auto literal = node.literals.find(segment);
    if (literal != node.literals.end() && descend(*literal->second, segments.subspan(1), match)) {
        return true;
    }
    if (!node.parameter || segment.empty()) return false;
    match.path.push_back(segment);
    if (descend(*node.parameter, segments.subspan(1), match)) return true;
    match.path.pop_back();
    return false;
}

std::string RouteTree::methods_of(const Routes& routes) {
    std::string out;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const auto method = static_cast<Method>(i);
        const bool as_get =
            method == Method::kHead && routes[static_cast<std::size_t>(Method::kGet)] >= 0;
        if (routes[i] == kNoRoute && !as_get && method != Method::kOptions) continue;
        if (!out.empty()) out.append(", ");
        out.append(method_name(method));
    }
    return out;
}

}  // namespace volant::api
