#include "log/read_ahead.h"

#include <utility>

namespace volant::log {

ReadAhead::ReadAhead(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {
    for (std::size_t i = 0; i < kBlocks; ++i) {
        free_.push_back(std::make_unique<Block>());
        free_.back()->records.reserve(kBlockRecords);
    }
    thread_ = std::thread([this] { read_loop(); });
}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void ReadAhead::read_loop() {
    bool more = true;
    while (more) {
        std::unique_ptr<Block> block;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !free_.empty(); });
            if (stopping_) return;
            block = std::move(free_.front());
            free_.pop_front();
        }
        fill(*block);
        more = !block->error && !block->records.empty();
        {
            const std::lock_guard lock(mutex_);
            filled_.push_back(std::move(block));
        }
        changed_.notify_all();
    }
}

// The records' views are set when all bytes are there: until then the string may move.
void ReadAhead::fill(Block& block) {
    block.records.clear();
    block.bytes.clear();
    Record record;
    while (block.bytes.size() < kBlockBytes && block.records.size() < kBlockRecords) {
        auto more = reader_->next(record);
        if (!more.ok()) {
            block.error = std::move(more).error();
            break;
        }
        if (!*more) break;
        block.bytes.append(record.clear).append(record.sealed);
        block.records.push_back(record);
    }
    std::string_view left = block.bytes;
    for (Record& kept : block.records) {
        kept.clear = left.substr(0, kept.clear.size());
        kept.sealed = left.substr(kept.clear.size(), kept.sealed.size());
        left.remove_prefix(kept.clear.size() + kept.sealed.size());
    }
}

Result<std::span<const Record>> ReadAhead::next() {
    if (at_end_) return std::span<const Record>();
    if (given_ && given_->error) return *given_->error;  // and again, whenever it is asked
    {
        std::unique_lock lock(mutex_);
        if (given_) free_.push_back(std::move(given_));
        changed_.notify_all();
        changed_.wait(lock, [this] { return !filled_.empty(); });
        given_ = std::move(filled_.front());
        filled_.pop_front();
    }
    if (given_->records.empty()) {
        if (given_->error) return *given_->error;
        at_end_ = true;
    }
    return std::span<const Record>(given_->records);
}

}  // namespace volant::log
