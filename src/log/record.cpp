#include "log/record.h"

#include <array>
#include <cstring>

namespace volant::log {
namespace {

// docs/formats/log.md, "Record".
constexpr std::size_t kFixedBytes = 24;
constexpr std::uint8_t kHasKeyId = 1;
constexpr std::uint8_t kHasEventTime = 2;  // else it equals known_at

std::uint8_t optional_fields(const Record& record) {
    std::uint8_t fields = 0;
    if (record.key_id != 0) fields |= kHasKeyId;
    if (record.event_time != record.known_at) fields |= kHasEventTime;
    return fields;
}

std::size_t head_bytes(std::uint8_t fields) {
    return kFixedBytes + ((fields & kHasKeyId) ? 8 : 0) + ((fields & kHasEventTime) ? 8 : 0);
}

std::size_t padded(std::size_t size) {
    return (size + 7) & ~std::size_t{7};
}

template <class T>
char* put(char* at, T value) {
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

template <class T>
T get(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace

std::size_t encoded_size(const Record& record) {
    return padded(head_bytes(optional_fields(record)) + record.clear.size() + record.sealed.size());
}

void encode_record(const Record& record, std::string& out) {
    const std::uint8_t fields = optional_fields(record);
    std::array<char, kFixedBytes + 16> head;
    char* at = head.data();
    at = put(at, static_cast<std::uint32_t>(record.clear.size()));
    at = put(at, static_cast<std::uint32_t>(record.sealed.size()));
    at = put(at, static_cast<std::uint8_t>(record.type));
    at = put(at, static_cast<std::uint8_t>(record.codec));
    at = put(at, record.flags);
    at = put(at, std::uint32_t{fields});
    at = put(at, record.known_at);
    if (fields & kHasEventTime) at = put(at, record.event_time);
    if (fields & kHasKeyId) at = put(at, record.key_id);
    const auto head_size = static_cast<std::size_t>(at - head.data());
    const std::size_t size = head_size + record.clear.size() + record.sealed.size();
    out.append(head.data(), head_size).append(record.clear).append(record.sealed);
    out.append(padded(size) - size, '\0');
}

bool decode_record(std::string_view bytes, Record& out, std::size_t& used) {
    if (bytes.size() < kFixedBytes) return false;
    const char* at = bytes.data();
    const std::size_t clear_size = get<std::uint32_t>(at);
    const std::size_t sealed_size = get<std::uint32_t>(at + 4);
    const auto fields = get<std::uint32_t>(at + 12);
    if (fields > (kHasKeyId | kHasEventTime)) return false;
    const std::size_t head_size = head_bytes(static_cast<std::uint8_t>(fields));
    const std::size_t size = padded(head_size + clear_size + sealed_size);
    if (bytes.size() < size) return false;

    out.type = static_cast<RecordType>(at[8]);
    out.codec = static_cast<Codec>(at[9]);
    out.flags = get<std::uint16_t>(at + 10);
    out.known_at = get<Micros>(at + 16);
    at += kFixedBytes;
    out.event_time = out.known_at;
    if (fields & kHasEventTime) {
        out.event_time = get<Micros>(at);
        at += 8;
    }
    out.key_id = (fields & kHasKeyId) ? get<std::uint64_t>(at) : 0;
    out.clear = bytes.substr(head_size, clear_size);
    out.sealed = bytes.substr(head_size + clear_size, sealed_size);
    used = size;
    return true;
}

std::string_view record_type_name(RecordType type) {
    switch (type) {
        case RecordType::kTick:
            return "tick";
        case RecordType::kSpec:
            return "spec";
        case RecordType::kEvent:
            return "event";
        case RecordType::kPrediction:
            return "prediction";
        case RecordType::kFeedback:
            return "feedback";
        case RecordType::kVersion:
            return "version";
        case RecordType::kDecision:
            return "decision";
        case RecordType::kKey:
            return "key";
    }
    return "unknown";
}

}  // namespace volant::log
