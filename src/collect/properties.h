// Properties: those of an event, by name. Those of a record may be left in its bytes until somebody
// asks: most features look at few of them.
// Threads: one at a time, const or not.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/value.h"

namespace volant::collect {

struct Property {
    std::string_view name;
    std::string_view encoded;  // one value, as Writer::value wrote it
    Type type() const { return static_cast<Type>(encoded.front()); }
    Value value() const { return Cursor(encoded).value(); }
};

class Properties {
  public:
    void clear();  // keeps the memory
    void push_back(Property property) { read_.push_back(property); }
    // Reads them, now: a count and as many names and values. A bad `in` leaves some of them out.
    void read(Cursor& in);
    // So many names and values, to be read when they are asked for. The bytes must outlive it, and
    // be well formed: nobody will hear of an error. At most two times.
    void read_later(std::size_t count, std::string_view bytes);

    std::size_t size() const { return read_.size() + left_[0] + left_[1]; }
    bool empty() const { return size() == 0; }
    // nullptr if there is none. What find() and the iterators point to stays until clear() or
    // push_back().
    const Property* find(std::string_view name) const;

    const Property* begin() const { return all().data(); }
    const Property* end() const { return all().data() + read_.size(); }
    Property* begin() { return all().data(); }
    Property* end() { return all().data() + read_.size(); }
    const Property& operator[](std::size_t i) const { return all()[i]; }
    Property& operator[](std::size_t i) { return all()[i]; }

  private:
    std::vector<Property>& all() const {
        while (left_[0] + left_[1] > 0) read_one();
        return read_;
    }
    void read_one() const;

    mutable std::vector<Property> read_;
    // Two parts of a record, of which so many are left to be read.
    mutable std::array<Cursor, 2> rest_{Cursor({}), Cursor({})};
    mutable std::array<std::size_t, 2> left_{};
};

}  // namespace volant::collect
