// Little-endian bytes in and out, for everything that is stored. A Cursor never reads past its end:
// it turns bad (`ok()` false) and gives zeros, so a decoder checks once when it is done.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/value.h"

namespace volant {

static_assert(std::endian::native == std::endian::little,
              "stored formats are written in host order");

// Small numbers of either sign as small ones without.
inline std::uint64_t zigzag(std::int64_t v) {
    return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}

// std::memcpy without a call for up to 32 bytes, which most texts have.
inline void copy_bytes(char* to, const char* from, std::size_t size) {
    const auto copy_ends = [&]<std::size_t kBytes>(std::array<char, kBytes>) {  // may overlap
        std::array<char, kBytes> front, back;
        std::memcpy(&front, from, kBytes);
        std::memcpy(&back, from + size - kBytes, kBytes);
        std::memcpy(to, &front, kBytes);
        std::memcpy(to + size - kBytes, &back, kBytes);
    };
    if (size > 32) {
        std::memcpy(to, from, size);
    } else if (size >= 16) {
        copy_ends(std::array<char, 16>{});
    } else if (size >= 8) {
        copy_ends(std::array<char, 8>{});
    } else if (size >= 4) {
        copy_ends(std::array<char, 4>{});
    } else if (size >= 2) {
        copy_ends(std::array<char, 2>{});
    } else if (size == 1) {
        *to = *from;
    }
}

// Bytes that grow by what is put behind them. Unlike a string's, new room is not filled with zeros,
// and the way of a few bytes into it is inlined.
class Bytes {
  public:
    Bytes() = default;
    Bytes(Bytes&& other) noexcept { *this = std::move(other); }
    Bytes& operator=(Bytes&& other) noexcept {
        room_ = std::move(other.room_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    std::size_t size() const { return size_; }
    std::string_view view() const { return {room_.get(), size_}; }
    char& operator[](std::size_t place) { return room_[place]; }

    void reserve(std::size_t size) {
        if (size > capacity_) grow(size);
    }
    void clear() { size_ = 0; }
    void push_back(char c) { *extend(1) = c; }
    void append(const char* from, std::size_t size) { copy_bytes(extend(size), from, size); }
    void append(std::string_view text) { append(text.data(), text.size()); }
    void insert(std::size_t place, std::string_view text);

  private:
    char* extend(std::size_t size) {
        if (capacity_ - size_ < size) [[unlikely]]
            grow(size_ + size);
        return room_.get() + std::exchange(size_, size_ + size);
    }
    void grow(std::size_t size);  // to that at least

    std::unique_ptr<char[]> room_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// Out: std::string or Bytes.
template <class Out>
class BasicWriter {
  public:
    explicit BasicWriter(Out& out) : out_(out) {}

    void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
    void u16(std::uint16_t v) { raw(&v, 2); }
    void u32(std::uint32_t v) { raw(&v, 4); }
    void u64(std::uint64_t v) { raw(&v, 8); }
    void i64(std::int64_t v) { raw(&v, 8); }
    void f32(float v) { raw(&v, 4); }
    void f64(double v) { raw(&v, 8); }
    // LEB128, at most 10 bytes.
    void varint(std::uint64_t v) {
        while (v >= 0x80) {
            u8(static_cast<std::uint8_t>(v) | 0x80);
            v >>= 7;
        }
        u8(static_cast<std::uint8_t>(v));
    }
    void zigzag(std::int64_t v) { varint(volant::zigzag(v)); }
    // A value's tag and the varint behind it: mostly one step.
    void tagged(Type type, std::uint64_t v) {
        if (v < 0x80) return u16(static_cast<std::uint16_t>(v << 8 | static_cast<unsigned>(type)));
        u8(static_cast<std::uint8_t>(type));
        varint(v);
    }
    // varint length, then the bytes.
    void string(std::string_view v) {
        varint(v.size());
        out_.append(v);
    }
    // A tag byte (Type), then: bool u8, int zigzag, double f64, string, time zigzag, point 2 f64,
    // list varint count and values. Stored: docs/formats/values.md.
    void value(const Value& v);
    void raw(const void* data, std::size_t size) {
        out_.append(static_cast<const char*>(data), size);
    }

    Out& buffer() { return out_; }

  private:
    Out& out_;
};
using Writer = BasicWriter<std::string>;
using BytesWriter = BasicWriter<Bytes>;

class Cursor {
  public:
    explicit Cursor(std::string_view in) : p_(in.data()), end_(in.data() + in.size()) {}

    bool ok() const { return ok_; }
    bool done() const { return p_ == end_; }
    std::size_t left() const { return static_cast<std::size_t>(end_ - p_); }
    std::string_view rest() const { return {p_, left()}; }

    std::uint8_t u8() { return fixed<std::uint8_t>(); }
    std::uint16_t u16() { return fixed<std::uint16_t>(); }
    std::uint32_t u32() { return fixed<std::uint32_t>(); }
    std::uint64_t u64() { return fixed<std::uint64_t>(); }
    std::int64_t i64() { return fixed<std::int64_t>(); }
    float f32() { return fixed<float>(); }
    double f64() { return fixed<double>(); }
    std::uint64_t varint() {
        std::uint64_t v = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (p_ == end_) break;
            const auto byte = static_cast<std::uint8_t>(*p_++);
            v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return v;
        }
        return bad(), 0;
    }
    std::int64_t zigzag() {
        const std::uint64_t v = varint();
        return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
    }
    // Views into the input: valid as long as it is.
    std::string_view string() { return raw(varint()); }
    std::string_view raw(std::size_t size) {
        if (size > left()) return bad(), std::string_view{};
        const std::string_view v{p_, size};
        p_ += size;
        return v;
    }
    Value value(int depth = 0);
    void skip_value(int depth = 0) {
        switch (p_ == end_ ? Type::kNull : static_cast<Type>(*p_)) {
            case Type::kInt:
            case Type::kTime:
                ++p_;
                (void)varint();
                return;
            case Type::kDouble:
                raw(1 + 8);
                return;
            case Type::kString:
                ++p_;
                (void)string();
                return;
            default:
                skip_other(depth);
        }
    }
    void bad() {
        ok_ = false;
        p_ = end_;
    }

  private:
    void skip_other(int depth);
    template <class T>
    T fixed() {
        if (left() < sizeof(T)) return bad(), T{};
        T v;
        std::memcpy(&v, p_, sizeof(T));
        p_ += sizeof(T);
        return v;
    }

    const char* p_;
    const char* end_;
    bool ok_ = true;
};

}  // namespace volant
