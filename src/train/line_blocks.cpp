#include "train/line_blocks.h"

#include <cstring>

namespace volant::train {

Result<LineBlocks> LineBlocks::open(const std::string& path, std::size_t block_bytes,
                                    std::size_t line_max) {
    LineBlocks blocks;
    blocks.path_ = path;
    blocks.block_bytes_ = block_bytes;
    blocks.line_max_ = line_max;
    VOLANT_OK(blocks.rewind());
    return blocks;
}

Status LineBlocks::rewind() {
    VOLANT_TRY(InputFile file, InputFile::open(path_));
    file_.emplace(std::move(file));
    rest_.clear();
    return {};
}

Result<std::size_t> LineBlocks::next(const std::function<char*(std::size_t)>& buffer) {
    std::size_t size = rest_.size();
    for (;;) {
        char* text = buffer(size + block_bytes_);
        if (!rest_.empty()) std::memcpy(text, rest_.data(), rest_.size());
        rest_.clear();
        VOLANT_TRY(const std::size_t read, file_->read(text + size, block_bytes_));
        if (read == 0) return size;
        const void* last = memrchr(text + size, '\n', read);
        size += read;
        if (last != nullptr) {
            const auto whole = static_cast<std::size_t>(static_cast<const char*>(last) - text) + 1;
            rest_.assign(text + whole, size - whole);
            return whole;
        }
        if (size > line_max_) {
            return fail(Code::kTooLarge,
                        path_ + ": a line is longer than " + std::to_string(line_max_) + " bytes");
        }
    }
}

}  // namespace volant::train
