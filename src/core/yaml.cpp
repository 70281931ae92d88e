#include "core/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>
#include <utility>

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

// yaml-cpp's complaints that say nothing to who does not know its grammar.
std::string_view plain_words(std::string_view message) {
    static const std::pair<const char*, const char*> kWords[] = {
        {YAML::ErrorMsg::END_OF_MAP,
         "this is no \"key: value\" of the map around it; is it indented like the others?"},
        {YAML::ErrorMsg::END_OF_SEQ,
         "this is no \"- item\" of the list around it; is it indented like the others?"},
        {YAML::ErrorMsg::MAP_VALUE,
         "a colon stands where no key can be; text with a colon in it needs quotes"},
        {YAML::ErrorMsg::FLOW_END, "this closes nothing that is open"},
        {YAML::ErrorMsg::UNKNOWN_TOKEN, "text that begins with this character needs quotes"},
    };
    for (const auto& [theirs, ours] : kWords) {
        if (message == theirs) return ours;
    }
    return message;
}

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

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { throw alias(mark); }

    void OnAnchor(const YAML::Mark& mark, const std::string&) override {
        throw Refused{place_of(mark), path(), "found an anchor (&)", kWrittenOut};
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        refuse_properties(mark);
        if (tag == "!") close_quote(mark);
        if (wants_key()) return take_key(mark, value);
        Node node = make(mark);
        node.kind = Node::Kind::kScalar;
        node.scalar = value;
        node.quoted = tag == "!";
        attach(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value style) override {
        open(mark, Node::Kind::kList, style == YAML::EmitterStyle::Flow);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value style) override {
        open(mark, Node::Kind::kMap, style == YAML::EmitterStyle::Flow);
    }
    void OnMapEnd() override { close(); }

    // What yaml-cpp's own complaint means for the text that it has read so far.
    Refused explain(const YAML::Exception& exception) const {
        const std::string& message = exception.msg;
        const Place place = place_of(exception.mark);
        if (message.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) return alias(exception.mark);
        const bool unclosed = message == YAML::ErrorMsg::END_OF_MAP_FLOW ||
                              message == YAML::ErrorMsg::END_OF_SEQ_FLOW;
        if (unclosed && !open_.empty() && open_.back().flow) {
            const Node& node = open_.back().node;
            const bool list = node.kind == Node::Kind::kList;
            return {{node.line, node.column},
                    node.path,
                    fmt::format("found a {} that is not closed: expected a comma or {} before line "
                                "{}, column {}",
                                list ? '[' : '{', list ? ']' : '}', place.line, place.column),
                    {}};
        }
        if (indented_by_tab(exception.mark)) {
            return {place, {}, "found a tab in the indentation, expected spaces", {}};
        }
        Refused refused{place, {}, fmt::format("not YAML: {}", plain_words(message)), {}};
        if (quote_lines_ > 0 && place.line >= quote_.line &&
            place.line <= quote_.line + quote_lines_)
            refused.hint = fmt::format(
                "the quote at line {}, column {} is closed {} lines further on: is one missing?",
                quote_.line, quote_.column, quote_lines_);
        return refused;
    }

  private:
    static constexpr const char* kWrittenOut = "write the value out at each place";

    struct Container {
        Node node;
        bool flow = false;  // in brackets or braces
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

    Refused alias(const YAML::Mark& mark) const {
        return {place_of(mark), path(), "found an alias (*)", kWrittenOut};
    }

    // yaml-cpp takes the end of the file for a closing quote, and all text before it for the value.
    void close_quote(const YAML::Mark& mark) {
        const auto begin = static_cast<std::size_t>(mark.pos);
        if (mark.pos < 0 || begin >= text_.size()) return;
        const char quote = text_[begin];
        if (quote != '"' && quote != '\'') return;
        quote_ = place_of(mark);
        quote_lines_ = 0;
        for (std::size_t i = begin + 1; i < text_.size(); ++i) {
            if (text_[i] == '\n') ++quote_lines_;
            if (quote == '"' && text_[i] == '\\') {
                ++i;
            } else if (text_[i] == quote) {
                const bool doubled = quote == '\'' && text_.substr(i + 1).starts_with(quote);
                if (!doubled) return;
                ++i;
            }
        }
        throw Refused{
            quote_, path(), fmt::format("found a quote ({}) that is never closed", quote), {}};
    }

    bool indented_by_tab(const YAML::Mark& mark) const {
        if (mark.is_null() || mark.pos < 0) return false;
        const auto at = std::min(static_cast<std::size_t>(mark.pos), text_.size());
        const std::size_t before = text_.substr(0, at).rfind('\n');
        const std::string_view line =
            text_.substr(before == std::string_view::npos ? 0 : before + 1);
        return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
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

    void open(const YAML::Mark& mark, Node::Kind kind, bool flow) {
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
        container.flow = flow;
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
    Place quote_;          // where the last quoted scalar begins
    int quote_lines_ = 0;  // how many lines further on it ends
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
    Builder builder(text);
    const auto refused_as = [&](const Refused& refused) {
        return refuse(file, refused.place, refused.path, refused.message, refused.hint);
    };
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        NothingMore nothing_more;
        if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(nothing_more);
        return builder.take();
    } catch (const Refused& refused) {
        return refused_as(refused);
    } catch (const YAML::Exception& exception) {
        return refused_as(builder.explain(exception));
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
