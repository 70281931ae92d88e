#include "train/example.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/bytes.h"

namespace volant::train {
namespace {

Error disk_error(const std::string& what) {
    const Code code = errno == ENOSPC ? Code::kStorageFull : Code::kUnavailable;
    return fail(code, what + ": " + std::strerror(errno));
}

constexpr std::size_t kHeadBytes =
    4 + 8 + 4 + 8 + 8 + 8;  // terms, label, baseline, cluster, answer, at

}  // namespace

Result<std::unique_ptr<ExampleFile>> ExampleFile::create(const std::string& dir) {
    std::string path = dir + "/examples-XXXXXX";
    const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor < 0) return disk_error("cannot make a file of examples in " + dir);
    return std::unique_ptr<ExampleFile>(new ExampleFile(std::move(path), descriptor));
}

ExampleFile::~ExampleFile() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
}

Status ExampleFile::add(const Example& example) {
    Writer out(pending_);
    out.u32(static_cast<std::uint32_t>(example.terms.size()));
    out.f64(example.label);
    out.f32(example.baseline);
    out.u64(example.cluster);
    out.u64(example.answer);
    out.i64(example.at);
    out.raw(example.terms.data(), example.terms.size() * sizeof(model::Term));
    ++count_;
    return pending_.size() >= kBlock ? flush() : Status{};
}

Status ExampleFile::flush() {
    std::size_t done = 0;
    while (done < pending_.size()) {
        const ssize_t wrote = ::pwrite(descriptor_, pending_.data() + done, pending_.size() - done,
                                       static_cast<off_t>(written_));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return disk_error("cannot write " + path_);
        done += static_cast<std::size_t>(wrote);
        written_ += static_cast<std::uint64_t>(wrote);
    }
    pending_.clear();
    return {};
}

Status ExampleFile::rewind() {
    VOLANT_OK(flush());
    block_.clear();
    begin_ = 0;
    read_at_ = 0;
    return {};
}

Result<bool> ExampleFile::fill(std::size_t wanted) {
    while (block_.size() - begin_ < wanted) {
        block_.erase(0, begin_);
        begin_ = 0;
        const std::size_t have = block_.size();
        block_.resize(have + kBlock);
        const ssize_t got =
            ::pread(descriptor_, block_.data() + have, kBlock, static_cast<off_t>(read_at_));
        block_.resize(have + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0 && errno != EINTR) return disk_error("cannot read " + path_);
        if (got == 0) return false;
        read_at_ += static_cast<std::uint64_t>(got > 0 ? got : 0);
    }
    return true;
}

Result<bool> ExampleFile::next(Example& out) {
    VOLANT_TRY(const bool more, fill(kHeadBytes));
    if (!more) return false;
    Cursor head(std::string_view(block_).substr(begin_, kHeadBytes));
    const std::uint32_t terms = head.u32();
    out.label = head.f64();
    out.baseline = head.f32();
    out.cluster = head.u64();
    out.answer = head.u64();
    out.at = head.i64();
    const std::size_t bytes = terms * sizeof(model::Term);
    VOLANT_TRY(const bool whole, fill(kHeadBytes + bytes));
    if (!whole) return fail(Code::kCorrupt, path_ + " ends inside an example");
    out.terms.resize(terms);
    if (terms > 0) std::memcpy(out.terms.data(), block_.data() + begin_ + kHeadBytes, bytes);
    begin_ += kHeadBytes + bytes;
    return true;
}

}  // namespace volant::train
