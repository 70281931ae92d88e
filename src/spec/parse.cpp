#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "core/nearest.h"
#include "core/time_zone.h"
#include "spec/canonical.h"
#include "spec/parser.h"
#include "spec/table.h"

namespace volant::spec {
namespace {

constexpr std::size_t kTitleBytesMax = 128;  // of the workspace's name

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

// scheme://host[:port], as browsers send it: nothing behind it.
bool is_origin(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos || scheme == 0) return false;
    const std::string_view rest = text.substr(scheme + 3);
    const std::size_t colon = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0);
    const std::string_view host = rest.substr(0, colon);
    if (host.empty() || host.find_first_of("/?#@* \t") != std::string_view::npos) return false;
    if (colon == std::string_view::npos) return true;
    const auto port = settings::parse_integer(rest.substr(colon + 1));
    return port && *port >= 1 && *port <= 65535;
}

Status check_network(const Parsing& parsing, const Section& server) {
    const Node* const listen = server.node("listen");
    if (listen != nullptr && !is_address(listen->scalar)) {
        return parsing.at(*listen, fmt::format("found {}, expected an IP address such as 127.0.0.1 "
                                               "or 0.0.0.0",
                                               describe(*listen)));
    }
    const Node* const origins = server.node("origins");
    if (origins == nullptr) return {};
    const auto check = [&](const Node& origin) -> Status {
        if (is_origin(origin.scalar)) return {};
        return parsing.at(origin, fmt::format("found {}, expected scheme://host or "
                                              "scheme://host:port, such as https://shop.example",
                                              describe(origin)));
    };
    if (origins->kind == Node::Kind::kScalar) return check(*origins);
    for (const Node& origin : origins->list) VOLANT_OK(check(origin));
    return {};
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool is_name_rest(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string_view>& known) {
    constexpr std::size_t kListedMax = 8;
    std::string message = fmt::format("unknown {} \"{}\"", what, name);
    const std::string hint = did_you_mean(name, known);
    if (!hint.empty()) return message + hint;
    if (known.empty()) return message + "; none is declared";
    const auto end =
        known.begin() + static_cast<std::ptrdiff_t>(std::min(known.size(), kListedMax));
    message += fmt::format("; known: {}", fmt::join(known.begin(), end, ", "));
    if (known.size() > kListedMax) message += ", ...";
    return message;
}

Status check_name(const Parsing& parsing, const Node& node, std::string_view name) {
    const bool good = !name.empty() && name.size() <= kNameBytesMax && is_letter(name[0]) &&
                      std::ranges::all_of(name, is_name_rest);
    if (good) return {};
    return parsing.at_key(
        node,
        fmt::format("found the name \"{}\", expected a letter, then letters, digits, _ and -, "
                    "at most {} bytes",
                    name, kNameBytesMax));
}

Status check_field_name(const Parsing& parsing, const Node& node) {
    constexpr std::size_t kFieldBytesMax = 128;
    const bool control = std::ranges::any_of(
        node.key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (node.key.starts_with('$')) {
        return parsing.at_key(node, "names that begin with $ are Volant's own");
    }
    if (!control && node.key.size() <= kFieldBytesMax) return {};
    return parsing.at_key(
        node, fmt::format("expected a name of at most {} bytes without control characters",
                          kFieldBytesMax));
}

Status check_count(const Parsing& parsing, const Section& section, std::size_t most) {
    if (section.node() == nullptr || section.node()->map.size() <= most) return {};
    return parsing.at_key(*section.node(), fmt::format("found {}, expected at most {}",
                                                       section.node()->map.size(), most));
}

Result<int> find_entity(const Parsing& parsing, const Node& node, std::string_view name) {
    const int index = parsing.spec.entity_index(name);
    if (index >= 0) return index;
    return parsing.at(node, unknown_name("entity", name, names_of(parsing.spec.entities)));
}

Result<int> find_event(const Parsing& parsing, const Node& node, std::string_view name) {
    const int index = parsing.spec.event_index(name);
    if (index >= 0) return index;
    return parsing.at(node, unknown_name("event", name, names_of(parsing.spec.events)));
}

Dotted split_dot(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return {text, {}};
    return {text.substr(0, dot), text.substr(dot + 1)};
}

Result<FieldType> find_property(const Parsing& parsing, const Node& node, int event,
                                std::string_view property) {
    const EventDecl& declared = parsing.spec.events[static_cast<std::size_t>(event)];
    const int index = declared.property_index(property);
    if (index >= 0) return declared.properties[static_cast<std::size_t>(index)].type;
    return parsing.at(node, unknown_name(fmt::format("property of event \"{}\",", declared.name),
                                         property, names_of(declared.properties)));
}

std::string a_type(FieldType type) {
    const std::string_view name = field_type_name(type);
    const bool vowel = std::string_view("aeiou").find(name[0]) != std::string_view::npos;
    return fmt::format("{} {}", vowel ? "an" : "a", name);
}

bool is_numeric(FieldType type) {
    return type == FieldType::kInt || type == FieldType::kDouble || type == FieldType::kBool ||
           type == FieldType::kAny;
}

Status parse_zone(Parsing& parsing, const Node& node) {
    Spec& spec = parsing.spec;
    spec.zone.allow_local = true;
    if (const auto offset = read_offset(node.scalar)) {
        spec.zone.offset_minutes = *offset;
        return {};
    }
    spec.zone_name = node.scalar;
    if (parsing.is_logged) return {};
    auto zone = read_zone(node.scalar);
    if (!zone.ok()) return parsing.at(node, zone.error().message);
    spec.zone = *std::move(zone);
    return {};
}

Status parse_workspace(Parsing& parsing, const Section& root) {
    Spec& spec = parsing.spec;
    VOLANT_OK(root.read("name", spec.name));
    if (const Node* name = root.node("name"); name != nullptr && !parsing.is_logged) {
        const bool control = std::ranges::any_of(
            spec.name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
        if (control || spec.name.empty() || spec.name.size() > kTitleBytesMax) {
            return parsing.at(*name, fmt::format("expected a text of 1 to {} bytes without control "
                                                 "characters",
                                                 kTitleBytesMax));
        }
    }
    std::string time;
    VOLANT_OK(root.read("time", time));
    spec.simulated_time = time == "simulated";
    if (const Node* zone = root.node("time_zone")) {
        VOLANT_OK(parse_zone(parsing, *zone));
    }
    if (const Node* subject = root.node("subject")) {
        VOLANT_TRY(spec.subject, find_entity(parsing, *subject, subject->scalar));
    }
    return {};
}

Status parse_machine(Parsing& parsing, const Section& root) {
    ServerDecl& server = parsing.spec.server;
    const Section in = root.section("server");
    VOLANT_OK(in.read("listen", server.listen));
    VOLANT_OK(in.read("port", server.port));
    VOLANT_OK(in.read("threads", server.threads));
    VOLANT_OK(in.read("body_max", server.body_max));
    VOLANT_OK(in.read("event_max", server.event_max));
    VOLANT_OK(in.read("elements_max", server.elements_max));
    VOLANT_OK(in.read("rate_limit", server.rate_limit));
    VOLANT_OK(in.read("origins", server.origins));
    VOLANT_OK(in.read("entities_max", server.entities_max));
    VOLANT_OK(in.read("open_max", server.open_max));
    VOLANT_OK(in.read("dedup_max", server.dedup_max));
    if (!parsing.is_logged) VOLANT_OK(check_network(parsing, in));
    const Section tls = in.section("tls");
    VOLANT_OK(tls.read("certificate", server.tls_certificate));
    VOLANT_OK(tls.read("key", server.tls_key));
    if (server.tls_certificate.empty() != server.tls_key.empty()) {
        return parsing.at_key(*tls.node(), "expected both certificate and key");
    }
    if (server.event_max > server.body_max) {
        return parsing.at_key(*in.node(), fmt::format("event_max ({}) is more than body_max ({})",
                                                      server.event_max, server.body_max));
    }
    const Section log = root.section("log");
    VOLANT_OK(log.read("retention", parsing.spec.log.retention));
    VOLANT_OK(log.read("segment_bytes", parsing.spec.log.segment_bytes));
    VOLANT_OK(log.read("snapshot_every", parsing.spec.log.snapshot_every));
    // A record takes half a segment at most, and JSON can grow to 2.25 times its size ("0.5," is 9
    // bytes).
    if (parsing.spec.log.segment_bytes < 8 * parsing.spec.server.event_max) {
        const Node* where = log.node() ? log.node() : in.node();  // one of them is not the default
        return parsing.at_key(
            *where, fmt::format("segment_bytes ({}) is less than 8 times server.event_max ({})",
                                parsing.spec.log.segment_bytes, parsing.spec.server.event_max));
    }
    const Section training = root.section("training");
    VOLANT_OK(training.read("threads", parsing.spec.training.threads));
    VOLANT_OK(training.read("holdout", parsing.spec.training.holdout));
    return {};
}

namespace {

Result<Spec> parse(std::string_view text, std::string_view file, bool is_logged) {
    VOLANT_TRY(const Node tree, yaml::parse(text, file));
    VOLANT_OK(settings::check(settings_table(), file, tree));
    Spec spec;
    Parsing parsing{spec, file, is_logged};
    const Section root(settings_table(), file, &tree);
    VOLANT_OK(parse_entities(parsing, root));   // names that all else refers to
    VOLANT_OK(parse_workspace(parsing, root));  // the subject is an entity
    VOLANT_OK(parse_events(parsing, root));     // ids are entities
    VOLANT_OK(parse_features(parsing, root));   // over events and entities
    VOLANT_OK(parse_models(parsing, root));     // over features
    VOLANT_OK(parse_machine(parsing, root));
    spec.canonical = canonical_text(spec);
    return spec;
}

}  // namespace

Result<Spec> parse_spec(std::string_view text, std::string_view file) {
    return parse(text, file, false);
}

Result<Spec> parse_logged_spec(std::string_view text, std::string_view where) {
    return parse(text, where, true);
}

}  // namespace volant::spec
