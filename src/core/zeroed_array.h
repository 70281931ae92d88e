// ZeroedArray: zeroed elements straight from the kernel, so that pages never touched cost no
// memory, and a large array gets huge pages, which spare who reads at random the walk through the
// page tables. Moved, never copied by accident.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace volant {

// Pages that read as zeroes; nothing for 0 bytes. `huge_from`: from so many bytes on huge pages pay
// for the memory that they round up to. CHECKs the allocation.
class ZeroedPages {
  public:
    ZeroedPages() = default;
    ZeroedPages(std::size_t bytes, std::size_t huge_from);
    ~ZeroedPages() { cut(0); }
    ZeroedPages(ZeroedPages&& other) noexcept
        : begin_(std::exchange(other.begin_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    ZeroedPages& operator=(ZeroedPages&& other) noexcept {
        std::swap(begin_, other.begin_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ZeroedPages(const ZeroedPages&) = delete;
    ZeroedPages& operator=(const ZeroedPages&) = delete;

    void* data() const { return begin_; }
    std::size_t bytes() const { return bytes_; }
    // Gives back what stands behind the first `bytes`, a multiple of kHugePage.
    void cut(std::size_t bytes);

    static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  private:
    void* begin_ = nullptr;
    std::size_t bytes_ = 0;
};

template <class T>
class ZeroedArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  public:
    ZeroedArray() = default;
    ZeroedArray(std::size_t size, std::size_t huge_from)
        : pages_(size * sizeof(T), huge_from), size_(size) {}
    ZeroedArray(ZeroedArray&& other) noexcept
        : pages_(std::move(other.pages_)), size_(std::exchange(other.size_, 0)) {}
    ZeroedArray& operator=(ZeroedArray&& other) noexcept {
        pages_ = std::move(other.pages_);
        std::swap(size_, other.size_);
        return *this;
    }

    T* data() { return static_cast<T*>(pages_.data()); }
    const T* data() const { return static_cast<const T*>(pages_.data()); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::span<T> span() { return {data(), size_}; }
    std::span<const T> span() const { return {data(), size_}; }
    ZeroedPages take() && {  // to give them back bit by bit
        size_ = 0;
        return std::move(pages_);
    }

  private:
    ZeroedPages pages_;
    std::size_t size_ = 0;
};

}  // namespace volant
