#include "protect/keys.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/secret.h"
#include "core/text.h"

namespace volant::protect {
namespace {

constexpr std::string_view kPrefix = "vk_";
constexpr std::size_t kSecretCharacters = 32;
constexpr std::size_t kIdCharacters = 12;

// Stored: append only.
enum class Kind : std::uint8_t { kMade = 1, kRevoked = 2 };

// Characters of base 62, each equally likely: bytes past the last whole multiple of 62 are drawn
// again.
std::string random_base62(std::size_t count) {
    constexpr std::string_view kAlphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string out;
    while (out.size() < count) {
        for (const char c : secret::random_bytes(count)) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 62 * 4 && out.size() < count) out.push_back(kAlphabet[byte % 62]);
        }
    }
    return out;
}

// `https://host[:port]`, as browsers send it: no path, no user, lower case is theirs.
bool is_origin(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view name = text.substr(0, scheme);
    const std::string_view rest = text.substr(scheme + 3);
    return (name == "http" || name == "https") && !rest.empty() &&
           rest.find_first_of("/?#@ *") == std::string_view::npos;
}

std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

// A name that no other machine can point here: a page elsewhere may rebind its own name to
// 127.0.0.1, but then its name is in Host.
bool is_loopback_name(std::string_view host) {
    const std::string name = to_lower_ascii(without_port(host));
    return name.empty() || name == "localhost" || name.ends_with(".localhost") || name == "[::1]" ||
           (name.starts_with("127.") &&
            name.find_first_not_of("0123456789.") == std::string_view::npos);
}

// Is the page of `origin` one that this server gave, under the name of `host`?
bool is_same_origin(std::string_view origin, std::string_view host) {
    const std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos && equal_ignoring_case(origin.substr(scheme + 3), host);
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

void write_key(Writer& out, const Key& key) {
    out.string(key.id);
    out.string(key.hash);
    out.string(key.name);
    out.u8(key.scopes);
    out.varint(key.origins.size());
    for (const auto& origin : key.origins) out.string(origin);
    out.i64(key.created_at);
}

Key read_key(Cursor& in) {
    Key key;
    key.id = in.string();
    key.hash = in.string();
    key.name = in.string();
    key.scopes = in.u8();
    for (std::uint64_t left = std::min<std::uint64_t>(in.varint(), kKeyOriginsMax); left > 0;
         --left) {
        key.origins.emplace_back(in.string());
    }
    key.created_at = in.i64();
    return key;
}

}  // namespace

Result<NewKey> make_key(std::string name, Scopes scopes, std::vector<std::string> origins,
                        Micros now) {
    if (scopes == 0) return fail(Code::kOutOfRange, "a key needs at least one scope", "/scopes");
    if (name.size() > kKeyNameBytesMax) {
        return fail(Code::kOutOfRange,
                    "the name has " + std::to_string(name.size()) + " bytes, expected at most " +
                        std::to_string(kKeyNameBytesMax),
                    "/name");
    }
    if (origins.size() > kKeyOriginsMax) {
        return fail(Code::kOutOfRange,
                    "found " + std::to_string(origins.size()) + " origins, expected at most " +
                        std::to_string(kKeyOriginsMax),
                    "/origins");
    }
    for (std::size_t i = 0; i < origins.size(); ++i) {
        if (is_origin(origins[i])) continue;
        return fail(Code::kOutOfRange,
                    "found origin \"" + origins[i] + "\", expected one like https://shop.example",
                    "/origins/" + std::to_string(i));
    }
    constexpr Scopes kBrowser =
        static_cast<Scopes>(Scope::kIngest) | static_cast<Scopes>(Scope::kPredict);
    if (!origins.empty() && (scopes & ~kBrowser) != 0) {
        return fail(Code::kOutOfRange,
                    "a key with origins is seen by everybody: it may have the scopes ingest and "
                    "predict only",
                    "/scopes");
    }
    NewKey made;
    made.secret = std::string(kPrefix) + random_base62(kSecretCharacters);
    made.key = {"k_" + random_base62(kIdCharacters),
                secret::sha256_hex(made.secret),
                std::move(name),
                scopes,
                std::move(origins),
                now,
                kNever};
    return made;
}

std::string encode_key_made(const Key& key) {
    std::string out;
    Writer writer(out);
    writer.u8(static_cast<std::uint8_t>(Kind::kMade));
    write_key(writer, key);
    return out;
}

std::string encode_key_revoked(std::string_view id) {
    std::string out;
    Writer writer(out);
    writer.u8(static_cast<std::uint8_t>(Kind::kRevoked));
    writer.string(id);
    return out;
}

KeyTable::KeyTable(std::vector<Key> keys, std::vector<std::string> origins)
    : keys_(std::move(keys)), origins_(std::move(origins)) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].is_live()) by_hash_.emplace(keys_[i].hash, i);
    }
}

bool KeyTable::knows_origin(std::string_view origin) const {
    if (contains(origins_, origin)) return true;
    return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) {
        return key.is_live() && contains(key.origins, origin);
    });
}

Result<Caller> KeyTable::authorize_local(const Credentials& credentials) const {
    if (!credentials.loopback) {
        return fail(Code::kUnauthenticated, "no key was made yet, so only this machine may ask", {},
                    "make one: volant keys create --scope admin");
    }
    if (!is_loopback_name(credentials.host)) {
        return fail(Code::kForbidden, "found Host \"" + std::string(credentials.host) +
                                          "\", expected localhost: no key was made yet");
    }
    const std::string_view origin = credentials.origin;
    if (!origin.empty() && !is_same_origin(origin, credentials.host) &&
        !contains(origins_, origin)) {
        return fail(Code::kForbidden,
                    "pages of " + std::string(origin) + " may not ask this server", {},
                    "allow it under server.origins, or make a key with this origin");
    }
    return Caller{"", kAllScopes};
}

Result<Caller> KeyTable::authorize(const Credentials& credentials, Scope needed) const {
    if (needed == Scope::kNone) return Caller{};
    if (keys_.empty()) return authorize_local(credentials);
    if (credentials.secret.empty()) {
        return fail(Code::kUnauthenticated,
                    "found no key, expected 'Authorization: Bearer KEY' or 'X-API-Key: KEY'");
    }
    const auto found = by_hash_.find(secret::sha256_hex(credentials.secret));
    if (found == by_hash_.end())
        return fail(Code::kUnauthenticated, "this key is not known, or was revoked");
    const Key& key = keys_[found->second];
    if (!allows(key.scopes, needed)) {
        return fail(Code::kForbidden, "key " + key.id + " has the scopes " +
                                          scopes_text(key.scopes) + ", expected " +
                                          std::string(scope_name(needed)));
    }
    if (!key.origins.empty() && !contains(key.origins, credentials.origin)) {
        const std::string from =
            credentials.origin.empty() ? "no page" : std::string(credentials.origin);
        return fail(Code::kForbidden,
                    "key " + key.id + " is for pages of its origins only, found " + from);
    }
    return Caller{key.id, key.scopes};
}

Keys::Keys(std::vector<std::string> origins) : origins_(std::move(origins)) {
    publish();
}

void Keys::apply(const log::Record& record) {
    if (record.type != log::RecordType::kKey) return;
    Cursor in(record.clear);
    switch (static_cast<Kind>(in.u8())) {
        case Kind::kMade:
            if (keys_.size() < kKeysMax) keys_.push_back(read_key(in));
            break;
        case Kind::kRevoked: {
            const std::string_view id = in.string();
            for (Key& key : keys_) {
                if (key.id == id && key.is_live()) key.revoked_at = record.known_at;
            }
            break;
        }
    }
    publish();
}

void Keys::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(keys_.size());
    for (const Key& key : keys_) {
        write_key(writer, key);
        writer.i64(key.revoked_at);
    }
}

Status Keys::restore(std::string_view in) {
    Cursor cursor(in);
    std::vector<Key> keys;
    for (std::uint64_t left = cursor.varint(); left > 0 && cursor.ok(); --left) {
        keys.push_back(read_key(cursor));
        keys.back().revoked_at = cursor.i64();
    }
    if (!cursor.ok() || !cursor.done())
        return fail(Code::kCorrupt, "the snapshot of the keys is damaged");
    keys_ = std::move(keys);
    publish();
    return {};
}

void Keys::publish() {
    auto table = std::make_shared<const KeyTable>(keys_, origins_);
    const std::lock_guard hold(lock_);
    table_.swap(table);
}

std::shared_ptr<const KeyTable> Keys::table() const {
    const std::lock_guard hold(lock_);
    return table_;
}

Status Keys::check_made() const {
    if (keys_.size() < kKeysMax) return {};
    return fail(Code::kConflict,
                "there are " + std::to_string(kKeysMax) + " keys already, no more can be made");
}

Status Keys::check_revoked(std::string_view id) const {
    for (const Key& key : keys_) {
        if (key.id != id) continue;
        if (key.is_live()) return {};
        return fail(Code::kConflict,
                    "key " + key.id + " was revoked at " + format_time(key.revoked_at));
    }
    return fail(Code::kNotFound, "no key has the id \"" + std::string(id) + "\"");
}

}  // namespace volant::protect
