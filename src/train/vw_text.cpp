#include "train/vw_text.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "train/vw_hash.h"
#include "train/vw_number.h"

namespace volant::train {
namespace {

constexpr std::size_t kPadding = 64;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

std::uint32_t namespace_hash(std::string name) {
    if (name.empty()) return 0;
    const std::size_t size = name.size();
    name.resize(size + 4);
    return vw_hash(name.data(), size, 0);
}

}  // namespace

// The place in the text: a separator, and those that follow it. Kept in registers while a line is
// read.
struct VwParser::Scan {
    const char* text;
    std::uint32_t at;
    const std::uint32_t* separator;  // the next one

    char here() const { return text[at]; }
    void advance() { at = *separator++; }
    std::string_view from(std::uint32_t begin) const { return {text + begin, at - begin}; }
};

VwParser::VwParser(std::vector<std::vector<std::string>> interactions) {
    for (std::size_t c = 0; c < letter_hashes_.size(); ++c)
        letter_hashes_[c] = namespace_hash(std::string(1, static_cast<char>(c)));
    for (const auto& names : interactions) {
        auto& groups = interactions_.emplace_back();
        for (const std::string& name : names)
            groups.push_back(
                {namespace_hash(name), name.empty() ? ' ' : name[0], name.size() <= 1});
    }
}

Error VwParser::refuse(std::string_view found, std::string_view expected) const {
    return fail(Code::kWrongType, "line " + std::to_string(line_) + ": found '" +
                                      std::string(found.substr(0, 40)) + "', expected " +
                                      std::string(expected));
}

char* VwParser::buffer(std::size_t size) {
    if (buffer_.size() < size + 1 + kPadding) buffer_.resize(size + 1 + kPadding);
    return buffer_.data();
}

void VwParser::load(std::string_view lines) {
    std::memcpy(buffer(lines.size()), lines.data(), lines.size());
    load_filled(lines.size());
}

void VwParser::load_filled(std::size_t size) {
    VOLANT_CHECK(size + 1 < std::numeric_limits<std::uint32_t>::max());
    char* text = buffer(size);
    if (size > 0 && text[size - 1] != '\n') text[size++] = '\n';
    std::memset(text + size, 0, kPadding);
    if (places_.size() < size + kPadding) places_.resize(size + kPadding);
    const std::size_t found = model::kernels().separators(text, size, places_.data());
    separator_ = places_.data();
    separators_end_ = separator_ + found;
    at_ = 0;
    size_ = static_cast<std::uint32_t>(size);
}

Status VwParser::next(VwBatch& batch, std::size_t examples_max) {
    batch.clear();
    while (at_ < size_ && batch.size() < examples_max) VOLANT_OK(parse_line(batch));
    return {};
}

Status VwParser::parse_line(VwBatch& batch) {
    ++line_;
    VwBatch::Example example;
    example.line = line_;
    Scan behind_label{buffer_.data(), at_, separator_};
    VOLANT_OK(parse_label(behind_label, example));
    Scan scan = behind_label;  // its own address is never taken: it stays in registers
    if (scan.here() == '\n' && !example.labelled) {
        const std::string_view line = scan.from(at_);
        if (std::all_of(line.begin(), line.end(), is_blank)) {
            at_ = scan.at + 1;
            separator_ = scan.separator;
            return {};
        }
    }
    // Every term of the line but the constant ends at a separator of its own.
    const auto begin = static_cast<std::uint32_t>(batch.terms_count);
    const std::size_t room = begin + static_cast<std::size_t>(separators_end_ - separator_) + 2;
    if (batch.terms.size() < room) batch.terms.resize(room);
    namespaces_.clear();
    model::Term* term = batch.terms.data() + begin;
    while (scan.here() == '|') {
        if (!parse_namespace(scan, batch, term)) [[unlikely]]
            return refuse(scan.from(value_begin_), "a number after the colon");
    }
    batch.terms_count = static_cast<std::size_t>(term - batch.terms.data());
    batch.terms[batch.terms_count++] = {kVwConstant, 1};
    if (!interactions_.empty()) VOLANT_OK(append_interactions(batch, begin));
    batch.examples.push_back(example);
    batch.ends.push_back(static_cast<std::uint32_t>(batch.terms_count));
    at_ = scan.at + 1;
    separator_ = scan.separator;
    return {};
}

// Leaves the scan on the first bar or the line feed.
Status VwParser::parse_label(Scan& scan, VwBatch::Example& example) const {
    std::uint32_t begin = scan.at;
    for (int word = 0;; begin = scan.at + 1) {
        scan.advance();
        const char c = scan.here();
        const std::string_view found = scan.from(begin);
        const bool tag = c == '|' || (!found.empty() && found[0] == '\'');
        if (!found.empty() && !tag) {
            const auto number = vw_number(found.data(), found.size());
            if (!number || word > 2 || c == ':')
                return refuse(found, "a label, an importance and a base before the first bar");
            if (word == 0) example.label = *number;
            if (word == 0) example.labelled = true;
            if (word == 1) example.weight = *number;
            if (word == 1 && *number < 0) return refuse(found, "an importance of 0 or more");
            ++word;
        }
        if (c == '|' || c == '\n') return {};
    }
}

// The number from behind the colon that the scan is on to the next separator; false if there is
// none.
inline bool VwParser::parse_value(Scan& scan, float scale, float& value) {
    value_begin_ = scan.at + 1;
    scan.advance();
    const std::string_view found = scan.from(value_begin_);
    const auto number = vw_number(found.data(), found.size());
    if (!number || scan.here() == ':') return false;
    value = std::clamp(*number * scale, -model::kTermMax, model::kTermMax);
    return true;
}

// From a bar to the next one or the line feed; writes terms at `out`. False: a value is no number.
inline bool VwParser::parse_namespace(Scan& scan, VwBatch& batch, model::Term*& out) {
    const char* name = scan.text + scan.at + 1;
    const std::uint32_t before = scan.at + 1;
    scan.advance();
    const std::uint32_t name_size = scan.at - before;
    // One letter is the custom; its hash is ready.
    const std::uint32_t seed = name_size == 1   ? letter_hashes_[static_cast<unsigned char>(*name)]
                               : name_size == 0 ? 0
                                                : vw_hash(name, name_size, 0);
    float scale = 1;
    char c = scan.here();
    if (c == ':') [[unlikely]] {
        if (!parse_value(scan, 1, scale)) return false;
        c = scan.here();
    }
    const model::Slot* const slots = prefetch_table_;
    const std::uint32_t mask = prefetch_mask_;
    model::Term* const begin = out;
    model::Term* term = begin;
    std::uint32_t unnamed = 0;
    while (c != '|' && c != '\n') {
        const std::uint32_t first = scan.at + 1;
        scan.advance();
        const std::uint32_t size = scan.at - first;
        c = scan.here();
        if (c != ':' && size == 0) continue;
        term->hash = size == 0 ? seed + unnamed++ : vw_hash(scan.text + first, size, seed);
        term->value = scale;
        if (c == ':') {
            if (!parse_value(scan, scale, term->value)) return false;
            c = scan.here();
        }
        __builtin_prefetch(slots + (term->hash & mask), 1, 3);
        if (term->value != 0) ++term;
    }
    if (!interactions_.empty()) {
        const model::Term* all = batch.terms.data();
        namespaces_.push_back({seed, static_cast<std::uint32_t>(begin - all),
                               static_cast<std::uint32_t>(term - all),
                               name_size == 0 ? ' ' : *name});
    }
    out = term;
    return true;
}

Status VwParser::append_interactions(VwBatch& batch, std::uint32_t begin) {
    for (const auto& groups : interactions_) {
        products_.clear();
        for (std::size_t g = 0; g < groups.size(); ++g) {
            extend_products(batch, groups, g);
            if (products_.size() > kVwTermsMax) break;
        }
        if (batch.terms_count - begin + products_.size() > kVwTermsMax)
            return refuse("more terms", "at most 1048576 with interactions");
        if (batch.terms.size() < batch.terms_count + products_.size() + 1)
            batch.terms.resize(2 * (batch.terms_count + products_.size() + 1));
        for (const Product& product : products_) {
            batch.terms[batch.terms_count++] = product.term;
            __builtin_prefetch(prefetch_table_ + (product.term.hash & prefetch_mask_), 1, 3);
        }
    }
    return {};
}

// Multiplies each product of the first `g` groups by each term of group `g`; a group crossed with
// itself gives each pair once, and each term with itself.
void VwParser::extend_products(const VwBatch& batch, const std::vector<Group>& groups,
                               std::size_t g) {
    const Group& group = groups[g];
    const bool again = g > 0 && groups[g - 1].hash == group.hash;
    longer_.clear();
    const auto extend = [&](const Product* product) {
        for (const Namespace& space : namespaces_) {
            if (group.by_first ? space.first != group.first : space.hash != group.hash) continue;
            for (std::uint32_t i = space.begin; i < space.end; ++i) {
                const model::Term& factor = batch.terms[i];
                if (product == nullptr) longer_.push_back({factor, i});
                if (product == nullptr || (again && i < product->last)) continue;
                longer_.push_back({{vw_product(product->term.hash, factor.hash),
                                    product->term.value * factor.value},
                                   i});
            }
        }
    };
    if (g == 0) extend(nullptr);
    for (const Product& product : products_) {
        extend(&product);
        if (longer_.size() > kVwTermsMax) break;
    }
    products_.swap(longer_);
}

}  // namespace volant::train
