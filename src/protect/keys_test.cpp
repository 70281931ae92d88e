#include "protect/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/secret.h"

namespace volant::protect {
namespace {

using testing::HasSubstr;

constexpr Scopes kIngest = static_cast<Scopes>(Scope::kIngest);
constexpr Scopes kAdmin = static_cast<Scopes>(Scope::kAdmin);

NewKey made(Scopes scopes, std::vector<std::string> origins = {}) {
    auto key = make_key("name", scopes, std::move(origins), 5 * kSecond);
    VOLANT_CHECK(key.ok());
    return std::move(key).value();
}

void record(Keys& keys, const std::string& clear, Micros known_at = 7 * kSecond) {
    log::Record one;
    one.lsn = 1;
    one.type = log::RecordType::kKey;
    one.known_at = known_at;
    one.clear = clear;
    keys.apply(one);
}

Code refusal(const Keys& keys, const Credentials& credentials, Scope needed) {
    const auto caller = keys.table()->authorize(credentials, needed);
    EXPECT_FALSE(caller.ok());
    return caller.ok() ? Code::kInternal : caller.error().code;
}

TEST(Scope, ReadsAndWritesNames) {
    EXPECT_EQ(*parse_scopes("ingest, read"), 5);
    EXPECT_EQ(scopes_text(5), "ingest,read");
    EXPECT_EQ(*parse_scopes("admin"), kAdmin);
    EXPECT_THAT(parse_scopes("ingets").error().hint, HasSubstr("ingest"));
    EXPECT_EQ(parse_scopes("").error().code, Code::kOutOfRange);
}

TEST(Scope, AdminAllowsEverything) {
    for (const Scope scope : {Scope::kIngest, Scope::kPredict, Scope::kRead, Scope::kAdmin}) {
        EXPECT_TRUE(allows(kAdmin, scope));
        EXPECT_EQ(allows(kIngest, scope), scope == Scope::kIngest);
        EXPECT_FALSE(allows(0, scope));
    }
}

TEST(Keys, AreLongAndDifferent) {
    const NewKey a = made(kIngest);
    const NewKey b = made(kIngest);
    EXPECT_EQ(a.secret.size(), 35u);
    EXPECT_EQ(a.secret.substr(0, 3), "vk_");
    EXPECT_NE(a.secret, b.secret);
    EXPECT_NE(a.key.id, b.key.id);
    EXPECT_EQ(a.key.hash, secret::sha256_hex(a.secret));
}

TEST(Keys, TheRecordDoesNotHoldTheSecret) {
    const NewKey key = made(kIngest);
    EXPECT_EQ(encode_key_made(key.key).find(key.secret.substr(3)), std::string::npos);
}

// The bytes of docs/formats/key.md.
TEST(Keys, TheRecordsBytesStayAsTheyAre) {
    Key key{.id = "k_a",
            .hash = "ff",
            .name = "n",
            .scopes = 3,
            .origins = {"http://a"},
            .created_at = 258};
    EXPECT_EQ(secret::hex(encode_key_made(key)),
              "01"
              "036b5f61"
              "026666"
              "016e"
              "03"
              "01"
              "08687474703a2f2f61"
              "0201000000000000");
    EXPECT_EQ(secret::hex(encode_key_revoked("k_a")),
              "02"
              "036b5f61");
}

TEST(Keys, RefusesKeysThatCannotBe) {
    EXPECT_EQ(make_key("x", 0, {}, 0).error().field, "/scopes");
    EXPECT_EQ(make_key(std::string(101, 'x'), kIngest, {}, 0).error().field, "/name");
    EXPECT_EQ(make_key("x", kIngest, {"https://a.example", "a.example"}, 0).error().field,
              "/origins/1");
    EXPECT_EQ(make_key("x", kIngest, {"https://a.example/path"}, 0).error().field, "/origins/0");
    EXPECT_EQ(make_key("x", kIngest, {"*"}, 0).error().field, "/origins/0");
    EXPECT_EQ(
        make_key("x", kIngest, std::vector<std::string>(21, "https://a.example"), 0).error().field,
        "/origins");
    EXPECT_EQ(make_key("x", *parse_scopes("ingest,read"), {"https://a.example"}, 0).error().field,
              "/scopes");
}

TEST(Keys, NobodyNeedsOneOnLoopbackBeforeTheFirst) {
    Keys keys({});
    EXPECT_TRUE(
        keys.table()->authorize({.host = "127.0.0.1:7700", .loopback = true}, Scope::kAdmin).ok());
    EXPECT_TRUE(
        keys.table()->authorize({.host = "[::1]:7700", .loopback = true}, Scope::kAdmin).ok());
    EXPECT_TRUE(
        keys.table()
            ->authorize(
                {.origin = "http://localhost:7810", .host = "LocalHost:7810", .loopback = true},
                Scope::kAdmin)
            .ok())
        << "names of hosts have no case";
    EXPECT_EQ(refusal(keys, {.host = "127.0.0.1"}, Scope::kRead), Code::kUnauthenticated);
    EXPECT_EQ(refusal(keys, {.host = "127.0.0.1.evil.example", .loopback = true}, Scope::kRead),
              Code::kForbidden);
}

TEST(Keys, OpenTheirScopesOnly) {
    Keys keys({});
    const NewKey key = made(kIngest);
    record(keys, encode_key_made(key.key));
    const auto caller = keys.table()->authorize({.secret = key.secret}, Scope::kIngest);
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ(caller->key_id, key.key.id);
    EXPECT_EQ(refusal(keys, {.secret = key.secret}, Scope::kPredict), Code::kForbidden);
    EXPECT_EQ(refusal(keys, {.secret = key.secret + "x"}, Scope::kIngest), Code::kUnauthenticated);
    EXPECT_EQ(refusal(keys, {.host = "localhost", .loopback = true}, Scope::kRead),
              Code::kUnauthenticated);
    EXPECT_TRUE(keys.table()->authorize({}, Scope::kNone).ok());
}

TEST(Keys, ARevokedKeyOpensNothingAndDoesNotReopenLoopback) {
    Keys keys({});
    const NewKey key = made(kAdmin);
    record(keys, encode_key_made(key.key));
    ASSERT_TRUE(keys.check_revoked(key.key.id).ok());
    record(keys, encode_key_revoked(key.key.id), 9 * kSecond);
    EXPECT_EQ(refusal(keys, {.secret = key.secret}, Scope::kIngest), Code::kUnauthenticated);
    EXPECT_EQ(refusal(keys, {.host = "localhost", .loopback = true}, Scope::kRead),
              Code::kUnauthenticated);
    EXPECT_EQ(keys.table()->keys().at(0).revoked_at, 9 * kSecond);
    EXPECT_EQ(keys.check_revoked(key.key.id).error().code, Code::kConflict);
    EXPECT_EQ(keys.check_revoked("k_none").error().code, Code::kNotFound);
}

TEST(Keys, WithOriginsOpenForTheirPagesOnly) {
    Keys keys({"https://configured.example"});
    const NewKey key = made(kIngest, {"https://shop.example"});
    record(keys, encode_key_made(key.key));
    const auto from = [&](std::string_view origin) -> Credentials {
        return {.secret = key.secret, .origin = origin};
    };
    EXPECT_TRUE(keys.table()->authorize(from("https://shop.example"), Scope::kIngest).ok());
    EXPECT_EQ(refusal(keys, from("https://shop.example.evil.example"), Scope::kIngest),
              Code::kForbidden);
    EXPECT_EQ(refusal(keys, from(""), Scope::kIngest), Code::kForbidden);
    EXPECT_TRUE(keys.table()->knows_origin("https://shop.example"));
    EXPECT_TRUE(keys.table()->knows_origin("https://configured.example"));
    record(keys, encode_key_revoked(key.key.id));
    EXPECT_FALSE(keys.table()->knows_origin("https://shop.example"));
}

TEST(Keys, SurviveASnapshot) {
    Keys keys({});
    const NewKey one = made(kIngest, {"https://a.example", "http://b.example:8080"});
    const NewKey two = made(kAdmin);
    record(keys, encode_key_made(one.key));
    record(keys, encode_key_made(two.key));
    record(keys, encode_key_revoked(two.key.id));
    std::string bytes;
    keys.snapshot(bytes);
    Keys again({});
    ASSERT_TRUE(again.restore(bytes).ok());
    std::string bytes_again;
    again.snapshot(bytes_again);
    EXPECT_EQ(bytes, bytes_again);
    EXPECT_TRUE(
        again.table()
            ->authorize({.secret = one.secret, .origin = "https://a.example"}, Scope::kIngest)
            .ok());
    EXPECT_EQ(refusal(again, {.secret = two.secret}, Scope::kIngest), Code::kUnauthenticated);
    EXPECT_EQ(again.restore(bytes.substr(1)).error().code, Code::kCorrupt);
    EXPECT_EQ(again.restore(bytes + "x").error().code, Code::kCorrupt);
}

TEST(Keys, AreBounded) {
    Keys keys({});
    Key key = made(kIngest).key;
    for (std::size_t i = 0; i < kKeysMax; ++i) {
        ASSERT_TRUE(keys.check_made().ok());
        key.id = "k_" + std::to_string(i);
        record(keys, encode_key_made(key));
    }
    EXPECT_EQ(keys.check_made().error().code, Code::kConflict);
}

}  // namespace
}  // namespace volant::protect
