#include "core/zeroed_array.h"

#include <sys/mman.h>

#include <cstdint>

#include "core/result.h"

namespace volant {
namespace {

char* map_pages(std::size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    VOLANT_CHECK(memory != MAP_FAILED);
    return static_cast<char*>(memory);
}

// From a huge page's first byte on: only a whole one can be huge.
char* map_huge_pages(std::size_t bytes) {
    constexpr std::size_t kPage = ZeroedPages::kHugePage;
    char* const memory = map_pages(bytes + kPage);
    const std::size_t before = (kPage - reinterpret_cast<std::uintptr_t>(memory) % kPage) % kPage;
    if (before > 0) munmap(memory, before);
    munmap(memory + before + bytes, kPage - before);
    madvise(memory + before, bytes, MADV_HUGEPAGE);
    return memory + before;
}

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t page) {
    return (bytes + page - 1) / page * page;
}

}  // namespace

ZeroedPages::ZeroedPages(std::size_t bytes, std::size_t huge_from) {
    if (bytes == 0) return;
    const bool huge = bytes >= huge_from;
    bytes_ = rounded_up(bytes, huge ? kHugePage : 4096);
    begin_ = huge ? map_huge_pages(bytes_) : map_pages(bytes_);
}

void ZeroedPages::cut(std::size_t bytes) {
    if (bytes >= bytes_) return;
    munmap(static_cast<char*>(begin_) + bytes, bytes_ - bytes);
    bytes_ = bytes;
    if (bytes == 0) begin_ = nullptr;
}

}  // namespace volant
