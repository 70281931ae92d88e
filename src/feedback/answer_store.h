// AnswerStore: open answers by lsn, packed (answer_bytes.h): an answer about one thing takes its
// row and about fifty bytes, the index with it.
//
// Answers lie one after the other in chunks, in the order in which they were put. A chunk of which
// less than half is alive gives what lives to the newest chunk and is freed, so at most about twice
// the living bytes are held, and no call moves more than one chunk. The index is a table of places,
// probed by the lsn's hash; an answer's own bytes say whose they are.
// Threads: one; const functions wherever no other runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feedback/open_prediction.h"

namespace volant::feedback {

class AnswerStore {
  public:
    // Replaces the answer of the same lsn.
    void put(const OpenPrediction& answer);
    bool erase(log::Lsn lsn);
    void clear() { *this = AnswerStore(); }

    bool contains(log::Lsn lsn) const { return probe(lsn) != kNowhere; }
    std::optional<OpenPrediction> find(log::Lsn lsn) const;
    std::optional<int> model_of(log::Lsn lsn) const;  // without the rest of it

    std::size_t count() const { return count_; }
    std::size_t bytes() const;  // held, index and all

  private:
    // Chunk number and place in it in units of kUnit, plus one; 0 is empty.
    using Place = std::uint32_t;
    struct Chunk {
        std::unique_ptr<char[]> bytes;
        std::uint32_t size = 0;
        std::uint32_t used = 0;
        std::uint32_t alive = 0;
    };
    static constexpr std::size_t kNowhere = ~std::size_t{0};

    std::size_t probe(log::Lsn lsn) const;
    const char* at(Place place) const;
    log::Lsn lsn_at(Place place) const;
    Place append(const char* entry, std::size_t size);
    void add_to_index(Place place);
    void remove_from_index(std::size_t slot);
    void grow_index();
    void release(Place place);
    void thin_out(std::uint32_t number);
    void evacuate(std::uint32_t number);

    std::vector<Chunk> chunks_;
    std::vector<std::uint32_t> free_;  // numbers of chunks without bytes
    std::uint32_t newest_ = 0;         // the chunk that is being filled
    std::vector<Place> index_;         // a power of two long, or empty
    std::size_t count_ = 0;
    std::string scratch_;
};

}  // namespace volant::feedback
