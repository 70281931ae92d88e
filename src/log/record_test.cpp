#include "log/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"

namespace volant::log {
namespace {

Record random_record(Random& random, std::string& clear, std::string& sealed) {
    const auto fill = [&](std::string& out) {
        out.assign(random.below(random.chance(0.1) ? 5000 : 60), '\0');
        for (char& c : out) c = static_cast<char>(random.below(256));
    };
    fill(clear);
    fill(sealed);
    Record record{.type = static_cast<RecordType>(1 + random.below(8)),
                  .flags = static_cast<std::uint16_t>(random.below(65'536)),
                  .key_id = random.chance(0.5) ? 0 : random.next(),
                  .event_time = static_cast<Micros>(random.next()),
                  .clear = clear,
                  .sealed = sealed};
    record.known_at = random.chance(0.5) ? record.event_time : static_cast<Micros>(random.next());
    return record;
}

TEST(Record, ComesBackAsItWasAndIsPadded) {
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        std::string clear, sealed, bytes;
        const Record record = random_record(random, clear, sealed);
        encode_record(record, bytes);
        ASSERT_EQ(bytes.size() % 8, 0u);
        ASSERT_EQ(bytes.size(), encoded_size(record));
        const std::size_t whole = bytes.size();
        bytes += "what comes after";
        Record back{.lsn = 7, .clear = {}, .sealed = {}};
        std::size_t used = 0;
        ASSERT_TRUE(decode_record(bytes, back, used));
        EXPECT_EQ(used, whole);
        EXPECT_EQ(back.lsn, 7u);
        EXPECT_EQ(back.type, record.type);
        EXPECT_EQ(back.flags, record.flags);
        EXPECT_EQ(back.key_id, record.key_id);
        EXPECT_EQ(back.event_time, record.event_time);
        EXPECT_EQ(back.known_at, record.known_at);
        EXPECT_EQ(back.clear, clear);
        EXPECT_EQ(back.sealed, sealed);
    }
}

TEST(Record, EveryCutIsRefused) {
    std::string bytes;
    encode_record({.key_id = 9, .event_time = 5, .known_at = 6, .clear = "abc", .sealed = "de"},
                  bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Record record;
        std::size_t used = 0;
        EXPECT_FALSE(decode_record(std::string_view(bytes).substr(0, size), record, used)) << size;
    }
}

TEST(Record, AnOptionalFieldOfALaterVersionIsRefused) {
    std::string bytes;
    encode_record({.clear = "abc", .sealed = {}}, bytes);
    bytes[12] = 4;
    Record record;
    std::size_t used = 0;
    EXPECT_FALSE(decode_record(bytes, record, used));
}

TEST(Record, TypesHaveNames) {
    EXPECT_EQ(record_type_name(RecordType::kTick), "tick");
    EXPECT_EQ(record_type_name(RecordType::kKey), "key");
    EXPECT_EQ(record_type_name(static_cast<RecordType>(200)), "unknown");
}

}  // namespace
}  // namespace volant::log
