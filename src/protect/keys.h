// API keys: a fold over RecordType::kKey, and the question that every request asks.
//
// A key is `vk_` and 32 characters of base 62 (190 bits), shown once when it is made. The log holds
// its SHA-256 only: a key has too many bits to be guessed, so a slow hash would add nothing.
// docs/formats/key.md has the record's bytes.
//
// Rules: while no key was ever made, only this machine may ask, by a loopback name, and a browser
// only from a page of this server or of a configured origin (else any web page could write to a
// local server). From the first key on, revoked or not, each request needs one with the route's
// scope. A key with origins is one that browsers show to everybody: it may only ingest or predict,
// and only from pages of these origins.
//
// Threads: apply() and restore() on the apply thread; table() from any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "log/fold.h"
#include "protect/scope.h"

namespace volant::protect {

inline constexpr std::size_t kKeysMax = 1000;  // revoked ones too
inline constexpr std::size_t kKeyNameBytesMax = 100;
inline constexpr std::size_t kKeyOriginsMax = 20;

struct Key {
    std::string id;    // "k_" and 12 characters: names the key, opens nothing
    std::string hash;  // SHA-256 of the secret, in hexadecimal
    std::string name;  // the owner's word for it
    Scopes scopes = 0;
    std::vector<std::string> origins;  // empty: not limited
    Micros created_at = 0;
    Micros revoked_at = kNever;

    bool is_live() const { return revoked_at == kNever; }
};

struct NewKey {
    std::string secret;  // shown once, never stored
    Key key;
};

// Draws a key. Errors: kOutOfRange (no scope, name too long, too many origins, an origin that is
// not `https://host[:port]`, a scope that a key with origins may not have).
Result<NewKey> make_key(std::string name, Scopes scopes, std::vector<std::string> origins,
                        Micros now);

// Clear parts of key records.
std::string encode_key_made(const Key& key);
std::string encode_key_revoked(std::string_view id);

// Who asks, as the network sees it.
struct Credentials {
    std::string_view secret = {};  // of `Authorization: Bearer` or `X-API-Key`
    std::string_view origin = {};  // of a browser's page, or ""
    std::string_view host = {};    // the Host field
    bool loopback = false;         // the connection comes from this machine
};

struct Caller {
    std::string key_id;  // "" on loopback without keys
    Scopes scopes = 0;
};

// All keys at one moment; immutable.
class KeyTable {
  public:
    // `origins`: configured ones, allowed for every key and for none.
    KeyTable(std::vector<Key> keys, std::vector<std::string> origins);

    bool empty() const { return keys_.empty(); }            // no key was ever made
    const std::vector<Key>& keys() const { return keys_; }  // in order of creation

    // Errors: kUnauthenticated (no key, not known, revoked), kForbidden (scope, origin, host).
    Result<Caller> authorize(const Credentials& credentials, Scope needed) const;
    // May a browser show answers to a page of `origin`?
    bool knows_origin(std::string_view origin) const;

  private:
    Result<Caller> authorize_local(const Credentials& credentials) const;

    std::vector<Key> keys_;
    std::vector<std::string> origins_;                         // configured
    std::map<std::string, std::size_t, std::less<>> by_hash_;  // live ones
};

class Keys final : public log::Fold {
  public:
    explicit Keys(std::vector<std::string> origins);

    void apply(const log::Record& record) override;
    void snapshot(std::string& out) const override;
    Status restore(std::string_view in) override;

    std::shared_ptr<const KeyTable> table() const;
    // Before a record is written. Errors: kConflict (kKeysMax reached) / kNotFound, kConflict
    // (revoked already).
    Status check_made() const;
    Status check_revoked(std::string_view id) const;

  private:
    void publish();

    const std::vector<std::string> origins_;
    std::vector<Key> keys_;  // the apply thread's own
    mutable std::mutex lock_;
    std::shared_ptr<const KeyTable> table_;  // guarded by lock_
};

}  // namespace volant::protect
