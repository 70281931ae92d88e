#include "core/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_set>

#include "core/hash.h"

namespace volant::yaml {
namespace {

struct Place {
    int line = 1;
    int column = 1;
};

Error refuse(std::string_view file, Place place, std::string_view path, std::string_view message,
             std::string hint = {}) {
    std::string text = fmt::format("{}:{}:{}: ", file, place.line, place.column);
    if (!path.empty()) text += fmt::format("{}: ", path);
    text += message;
    return fail(Code::kInvalidSpec, std::move(text), {}, std::move(hint));
}

Place place_of(const YAML::Mark& mark) {
    return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

// How the handler leaves yaml-cpp's parser; never seen outside of this file.
struct Refused {
    Place place;
    std::string path;
    std::string message;
    std::string hint;
};

// The length of the UTF-8 sequence at `text[at]`, or 0 if there is none (RFC 3629).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) >= 0xA0;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool beyond = first == 0xF4 && byte(1) >= 0x90;
        return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

Status check_text(std::string_view text, std::string_view file) {
    Place place;
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = sequence_length(text, i);
        if (length == 0) {
            return refuse(file, place, {},
                          fmt::format("found byte 0x{:02x}, expected UTF-8", byte));
        }
        if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7F) {
            return refuse(file, place, {}, fmt::format("found control character 0x{:02x}", byte));
        }
        i += length;
        if (byte == '\n') {
            place = {place.line + 1, 1};
        } else {
            place.column += static_cast<int>(length);
        }
    }
    return {};
}

// Collects yaml-cpp's events into a tree. The open containers stand on a stack; each knows the key
// that waits for its value.
class Builder : public YAML::EventHandler {
  public:
    explicit Builder(std::string_view text) : text_(text) {}

    Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        refuse_properties(mark);
        if (wants_key()) throw Refused{place_of(mark), path(), "found an empty key", {}};
        Node node = make(mark);
        node.line = node.key_line;
        node.column = node.key_column;
        attach(std::move(node));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Refused{place_of(mark), path(), "found an alias (*)", kWrittenOut};
    }

    void OnAnchor(const YAML::Mark& mark, const std::string&) override {
        throw Refused{place_of(mark), path(), "found an anchor (&)", kWrittenOut};
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        refuse_properties(mark);
        if (wants_key()) return take_key(mark, value);
        Node node = make(mark);
        node.kind = Node::Kind::kScalar;
        node.scalar = value;
        node.quoted = tag == "!";
        attach(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        open(mark, Node::Kind::kList);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        open(mark, Node::Kind::kMap);
    }
    void OnMapEnd() override { close(); }

  private:
    static constexpr const char* kWrittenOut = "write the value out at each place";

    struct Container {
        Node node;
        bool has_key = false;
        std::string key;
        Place key_place;
        std::unordered_set<std::string, StringHash, std::equal_to<>> keys;
    };

    bool wants_key() const {
        return !open_.empty() && open_.back().node.kind == Node::Kind::kMap &&
               !open_.back().has_key;
    }

    // The path of what comes next.
    std::string path() const {
        if (open_.empty()) return {};
        const Container& parent = open_.back();
        if (parent.node.kind == Node::Kind::kList) {
            return fmt::format("{}[{}]", parent.node.path, parent.node.list.size());
        }
        if (!parent.has_key) return parent.node.path;
        if (parent.node.path.empty()) return parent.key;
        return fmt::format("{}.{}", parent.node.path, parent.key);
    }

    // yaml-cpp gives quoted scalars the tag "!" too, so the text itself must say what stands there.
    void refuse_properties(const YAML::Mark& mark) const {
        if (mark.is_null() || mark.pos < 0) return;
        const auto at = static_cast<std::size_t>(mark.pos);
        if (at >= text_.size()) return;
        if (text_[at] == '!') {
            throw Refused{place_of(mark), path(), "found a tag (!)",
                          "types come from volant.yaml's own keys; leave the tag out"};
        }
        if (text_[at] == '&') {
            throw Refused{place_of(mark), path(), "found an anchor (&)", kWrittenOut};
        }
    }

    Node make(const YAML::Mark& mark) {
        const Place place = place_of(mark);
        if (++nodes_ > kNodesMax) {
            throw Refused{place, {}, fmt::format("found more than {} values", kNodesMax), {}};
        }
        Node node;
        node.line = node.key_line = place.line;
        node.column = node.key_column = place.column;
        node.path = path();
        if (node.path.size() > kPathMax) {
            throw Refused{
                place, {}, fmt::format("found nested names of more than {} bytes", kPathMax), {}};
        }
        if (!open_.empty() && open_.back().has_key) {
            node.key = open_.back().key;
            node.key_line = open_.back().key_place.line;
            node.key_column = open_.back().key_place.column;
        }
        return node;
    }

    void take_key(const YAML::Mark& mark, const std::string& key) {
        Container& map = open_.back();
        if (key.empty()) throw Refused{place_of(mark), path(), "found an empty key", {}};
        if (!map.keys.insert(key).second) {
            const std::string shown = key.substr(0, 80);
            throw Refused{place_of(mark), path(), fmt::format("found key \"{}\" twice", shown), {}};
        }
        map.has_key = true;
        map.key = key;
        map.key_place = place_of(mark);
    }

    void open(const YAML::Mark& mark, Node::Kind kind) {
        refuse_properties(mark);
        if (wants_key()) {
            throw Refused{
                place_of(mark), path(), "found a list or a map as a key, expected a name", {}};
        }
        if (open_.size() >= static_cast<std::size_t>(kDepthMax)) {
            throw Refused{place_of(mark),
                          {},
                          fmt::format("found more than {} nested lists and maps", kDepthMax),
                          {}};
        }
        Container container;
        container.node = make(mark);
        container.node.kind = kind;
        open_.push_back(std::move(container));
    }

    void close() {
        Node node = std::move(open_.back().node);
        open_.pop_back();
        attach(std::move(node));
    }

    void attach(Node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Container& parent = open_.back();
        if (parent.node.kind == Node::Kind::kList) {
            parent.node.list.push_back(std::move(node));
        } else {
            parent.node.map.push_back({std::move(parent.key), std::move(node)});
            parent.has_key = false;
        }
    }

    std::string_view text_;
    std::vector<Container> open_;
    std::size_t nodes_ = 0;
    Node root_;
};

// A second document is found by its first event.
class NothingMore : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        throw Refused{place_of(mark), {}, "found a second document, expected one", {}};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

}  // namespace

const Node* Node::find(std::string_view name) const {
    for (const auto& [child_name, child] : map) {
        if (child_name == name) return &child;
    }
    return nullptr;
}

Result<Node> parse(std::string_view text, std::string_view file) {
    if (text.size() > kBytesMax) {
        return refuse(file, {}, {},
                      fmt::format("found {} bytes, expected at most {}", text.size(), kBytesMax));
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    VOLANT_OK(check_text(text, file));
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        Builder builder(text);
        NothingMore nothing_more;
        if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(nothing_more);
        return builder.take();
    } catch (const Refused& refused) {
        return refuse(file, refused.place, refused.path, refused.message, refused.hint);
    } catch (const YAML::Exception& exception) {
        return refuse(file, place_of(exception.mark), {},
                      fmt::format("not YAML: {}", exception.msg));
    } catch (const std::exception& exception) {
        return refuse(file, {}, {}, fmt::format("not YAML: {}", exception.what()));
    }
}

Error error_at(std::string_view file, const Node& node, std::string message, std::string hint) {
    return refuse(file, {node.line, node.column}, node.path, message, std::move(hint));
}

Error error_at_key(std::string_view file, const Node& node, std::string message, std::string hint) {
    return refuse(file, {node.key_line, node.key_column}, node.path, message, std::move(hint));
}

std::string describe(const Node& node) {
    switch (node.kind) {
        case Node::Kind::kNull:
            return "nothing";
        case Node::Kind::kList:
            return "a list";
        case Node::Kind::kMap:
            return "a map";
        case Node::Kind::kScalar:
            break;
    }
    constexpr std::size_t kShownMax = 40;
    std::string shown = node.scalar;
    if (shown.size() > kShownMax) {
        std::size_t cut = kShownMax;
        while (cut > 0 && (static_cast<unsigned char>(shown[cut]) & 0xC0) == 0x80) --cut;
        shown = shown.substr(0, cut) + "...";
    }
    for (char& c : shown) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';  // a message is one line
    }
    return fmt::format("\"{}\"", shown);
}

}  // namespace volant::yaml
