// Hasher64: hash64() of bytes that come in pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace volant {

class Hasher64 {
  public:
    explicit Hasher64(std::uint64_t seed = 0);
    ~Hasher64();
    Hasher64(const Hasher64&) = delete;
    Hasher64& operator=(const Hasher64&) = delete;

    void add(std::string_view bytes);
    std::uint64_t digest() const;  // of all so far

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace volant
