// Vowpal Wabbit text: one example a line,
//
//     [label [importance [base]]] ['tag]|namespace[:scale] name[:value] name ... |namespace ...
//
// hashed straight into Terms as Vowpal Wabbit does (train/vw_hash.h): the features, the constant,
// the interactions. A word that touches the first bar, or begins with a quote, is the tag; `base`
// is read and ignored. A line without a label is an example without one; blank lines are skipped.
// Values of zero are no term. In interactions a group is a namespace's name or, as in VW, its first
// character.
//
// What it promises: a line is taken whole or refused (kInvalid... with its line number); nothing is
// guessed. Threads: one parser a thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "model/kernels/kernels.h"
#include "model/term.h"
#include "train/vw_hash.h"

namespace volant::train {

inline constexpr std::size_t kVwLineMax = std::size_t{16} << 20;  // bytes
inline constexpr std::size_t kVwTermsMax = std::size_t{1} << 20;  // a line's, with interactions

// Some examples, one after the other: example i has the terms [ends[i-1], ends[i]).
struct VwBatch {
    struct Example {
        float label = 0;
        float weight = 1;
        bool labelled = false;
        std::uint64_t line = 0;  // from 1
    };
    std::vector<model::Term> terms;  // terms_count of them are in use
    std::size_t terms_count = 0;
    std::vector<Example> examples;
    std::vector<std::uint32_t> ends;

    std::size_t size() const { return examples.size(); }
    std::span<const model::Term> terms_of(std::size_t i) const {
        const std::uint32_t begin = i == 0 ? 0 : ends[i - 1];
        return {terms.data() + begin, ends[i] - begin};
    }
    void clear() {
        terms_count = 0;
        examples.clear();
        ends.clear();
    }
};

class VwParser {
  public:
    explicit VwParser(std::vector<std::vector<std::string>> interactions = {});

    // Takes a block of whole lines; the last one may lack its line feed. The block is the parser's
    // own copy until the next one: `fill` writes up to `room` bytes and returns how many.
    void load(std::string_view lines);
    // The buffer for the next block, `size` bytes and padding; load_filled() takes its first `size`
    // bytes.
    char* buffer(std::size_t size);
    void load_filled(std::size_t size);

    // Replaces `batch` by the next examples of the block, at most `examples_max`; an empty batch is
    // the end.
    Status next(VwBatch& batch, std::size_t examples_max);

    // Asks for each term's slot as soon as its name is hashed, so that it has come when the batch
    // is learned.
    void prefetch(const model::Slot* table, std::uint32_t mask) {
        prefetch_table_ = table;
        prefetch_mask_ = mask;
    }

    std::uint64_t line_number() const { return line_; }

  private:
    struct Namespace {
        std::uint32_t hash = 0;
        std::uint32_t begin = 0, end = 0;
        char first = ' ';
    };
    struct Group {
        std::uint32_t hash = 0;
        char first = 0;  // of a group named by one character
        bool by_first = false;
    };

    struct Product {
        model::Term term;
        std::uint32_t last = 0;  // the place of its last factor
    };
    struct Scan;

    Status parse_line(VwBatch& batch);
    Status parse_label(Scan& scan, VwBatch::Example& example) const;
    bool parse_namespace(Scan& scan, VwBatch& batch, model::Term*& term);
    bool parse_value(Scan& scan, float scale, float& value);
    Status append_interactions(VwBatch& batch, std::uint32_t begin);
    void extend_products(const VwBatch& batch, const std::vector<Group>& groups, std::size_t g);
    Error refuse(std::string_view found, std::string_view expected) const;

    std::vector<std::vector<Group>> interactions_;
    std::vector<char> buffer_;
    std::vector<std::uint32_t> places_;
    std::vector<Namespace> namespaces_;  // of the line
    std::vector<Product> products_, longer_;
    std::array<std::uint32_t, 256> letter_hashes_;  // of the namespaces named by one letter
    std::uint32_t value_begin_ = 0;                 // of the last number, for the message
    const model::Slot* prefetch_table_ = nullptr;
    std::uint32_t prefetch_mask_ = 0;
    const std::uint32_t* separator_ = nullptr;  // the next one
    const std::uint32_t* separators_end_ = nullptr;
    std::uint32_t at_ = 0;  // where the next line begins
    std::uint32_t size_ = 0;
    std::uint64_t line_ = 0;
};

}  // namespace volant::train
