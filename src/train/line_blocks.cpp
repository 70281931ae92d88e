#include "train/line_blocks.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace volant::train {

Result<LineBlocks> LineBlocks::open(const std::string& path, std::size_t block_bytes,
                                    std::size_t line_max) {
    LineBlocks blocks;
    blocks.file_.reset(std::fopen(path.c_str(), "rb"));
    struct stat status = {};
    if (blocks.file_ == nullptr || fstat(fileno(blocks.file_.get()), &status) != 0)
        return fail(Code::kUnavailable, "cannot read " + path + ": " + std::strerror(errno));
    std::setvbuf(blocks.file_.get(), nullptr, _IONBF, 0);
    blocks.path_ = path;
    blocks.total_ = static_cast<std::uint64_t>(status.st_size);
    blocks.block_bytes_ = block_bytes;
    blocks.line_max_ = line_max;
    return blocks;
}

void LineBlocks::rewind() {
    std::rewind(file_.get());
    rest_.clear();
}

Result<std::size_t> LineBlocks::next(const std::function<char*(std::size_t)>& buffer) {
    std::size_t size = rest_.size();
    for (;;) {
        char* text = buffer(size + block_bytes_);
        if (!rest_.empty()) std::memcpy(text, rest_.data(), rest_.size());
        rest_.clear();
        const std::size_t read = std::fread(text + size, 1, block_bytes_, file_.get());
        if (read < block_bytes_ && std::ferror(file_.get()) != 0)
            return fail(Code::kUnavailable, "cannot read " + path_ + ": " + std::strerror(errno));
        const std::size_t begin = size;
        size += read;
        if (read == 0) return size;
        const void* last = memrchr(text + begin, '\n', read);
        if (last != nullptr) {
            const auto whole = static_cast<std::size_t>(static_cast<const char*>(last) - text) + 1;
            rest_.assign(text + whole, size - whole);
            return whole;
        }
        if (size > line_max_)
            return fail(Code::kTooLarge,
                        path_ + ": a line is longer than " + std::to_string(line_max_) + " bytes");
    }
}

}  // namespace volant::train
