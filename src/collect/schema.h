// Schema: a fold. The types of properties: declared in volant.yaml, or inferred from the first
// event that had them.
//
// A value that contradicts a known type is refused, naming both. An inferred int widens to double
// at the first double; a declared one does not. null says nothing about a type. Properties are
// known by event, attributes (of $set) by entity; the relations of $link are counted as names too.
// Bounded: past `names_max` undeclared names new ones are refused (kOutOfRange).
// Threads: observe/restore on the apply thread; const functions wherever neither runs.
// Stored: docs/formats/schema.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collect/event.h"
#include "core/result.h"
#include "core/value.h"
#include "spec/spec.h"

namespace volant::collect {

inline constexpr std::size_t kPropertyNamesMax = 10'000;

class Schema {
  public:
    // A name whose type is known. `scope` is an event ("read"), an entity's attributes ("$set
    // book") or the relations ("$link").
    struct Entry {
        std::string scope;
        std::string name;
        Type type = Type::kNull;  // kNull: any (declared so, or nothing but null was seen)
        bool declared = false;
    };

    // Names that events of one all-or-nothing batch would add; check() reads and extends it, so
    // that the batch is checked against itself too.
    class Batch {
        friend class Schema;
        std::unordered_map<std::uint64_t, Type> types_;  // by the hash of scope and name
        std::size_t new_names_ = 0;
    };

    explicit Schema(const spec::Spec& spec, std::size_t names_max = kPropertyNamesMax);

    // kWrongType or kOutOfRange at "/properties/NAME". Changes nothing but `batch`, and of the
    // event `schema`: observe() then need not look again.
    Status check(EventView& event, Batch* batch = nullptr) const;
    void observe(const EventView& event);
    // Another number after each change; never 0.
    std::uint64_t state() const { return state_; }
    // The types (a bit for each, by its number) of which a value under this name of an ordinary
    // event is accepted and changes nothing while state() stays.
    std::uint8_t settled(std::string_view event, std::string_view name) const;

    // Declared ones first, then in the order in which they were first seen.
    const std::vector<Entry>& entries() const { return entries_; }

    // The inferred types alone; the declared ones come from the specification.
    void snapshot(std::string& out) const;
    Status restore(std::string_view in);

  private:
    // One name as it stands in an event, not copied.
    struct Scope {
        std::string_view event;
        std::string_view entity;  // of $set
        std::uint64_t hash;
    };
    struct Place {
        Scope scope;
        std::string_view name;
        std::uint64_t hash;
    };

    static Scope scope(std::string_view event, std::string_view entity = {});
    static Place place(const Scope& scope, std::string_view name);
    const Entry* find(const Place& place) const;
    std::size_t start(const EventView& event) const;
    std::size_t behind(const Entry* entry) const;
    const Entry* next(std::size_t place, std::string_view name) const;
    void add(const Place& place, Type type, bool declared);
    void rehash(std::size_t slots);
    const Entry* note(const Place& place, Type type);
    void note(const Entry& entry, Type type);
    static bool adds_nothing(const Entry& known, Type type);
    Status check_one(const Scope& scope, const Property& property, const Entry* entry,
                     Batch* batch) const;

    const spec::Spec& spec_;
    std::uint64_t state_ = 1;
    std::size_t names_max_;
    std::size_t declared_ = 0;  // entries_[0, declared_) come from the specification
    std::vector<Entry> entries_;
    std::vector<std::uint64_t> hashes_;  // of entries_
    std::vector<std::uint32_t> slots_;   // open addressing: index into entries_ plus 1, 0 = empty
    // Most events of one kind bring the same names in the same order. So the search for a name
    // begins with the one that came next the last time: by Spec::events the first of an event's,
    // then by entries_ the one behind it, as index plus 1; 0 = not known.
    std::vector<std::uint32_t> next_;
};

}  // namespace volant::collect
