// What becomes of each column of a row, and the way from a row to an event draft in two steps:
// pack() checks a row and gives its time and its bytes, which a sorter can hold; unpack() makes the
// draft.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/column_profile.h"
#include "collect/event_importer.h"
#include "collect/import/time_text.h"
#include "collect/row_source.h"
#include "core/bytes.h"

namespace volant::collect {

class RowMapping {
  public:
    // Columns by index, with what was seen of each. Errors: kUsage.
    static Result<RowMapping> make(const ImportOptions& options, const spec::Spec& spec,
                                   const std::vector<std::string>& columns,
                                   const std::vector<ColumnProfile>& profiles);

    struct Refusal {
        std::string kind;  // the column and what it is about; rows of one kind are counted together
        std::string reason;  // with the value that was found
    };
    // Appends the row's bytes to `payload`, or refuses it and leaves `payload` in any state.
    std::optional<Refusal> pack(const Row& row, std::uint64_t number, Micros& time,
                                std::string& payload) const;
    // `payload` is what pack() gave. `number` and `line` get those of the row.
    EventDraft unpack(std::string_view payload, std::uint64_t& number, std::uint64_t& line) const;

    // "" when the column is left out.
    std::string target_of(std::uint32_t column) const;
    Type type_of(std::uint32_t column) const { return types_[column]; }
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    // In the order in which a row is packed: what else it needs is known by its event.
    enum class Role { kEvent, kTime, kId, kTo, kNames, kStrict, kEntity, kProperty };
    struct Use {
        Role role = Role::kProperty;
        std::uint32_t column = 0;
        int entity = -1;
        std::string name;           // of a property
        Type type = Type::kString;  // of a property
        bool declared = false;      // the type is volant.yaml's, for all rows
        bool strip_float = false;   // ids like "17850.0" that were integers
        DateEvidence dates;
    };

    RowMapping(const ImportOptions& options, const spec::Spec& spec)
        : options_(options), spec_(&spec) {}

    Status add_mapped(const std::vector<std::string>& columns);
    Status add(const std::string& target, std::uint32_t column, bool by_name);
    void add_by_name(const std::vector<std::string>& columns);
    Status check_required() const;
    void choose_types(const std::vector<ColumnProfile>& profiles);
    void choose_dates(const std::vector<ColumnProfile>& profiles);
    const ZoneRule* zone() const;  // nullptr: nobody said which
    const spec::FieldDecl* declaration(const std::string& property) const;
    void collect_declared();
    std::vector<Type> types_in(const std::vector<spec::FieldDecl>& fields) const;
    TimeForm form_of(const Use& use) const;
    std::string describe_use(const Use& use) const;

    bool names_its_event() const { return options_.event.empty(); }  // each row does

    // What the type of a property is to be, in one row. kNull: what it is.
    struct Wanted {
        Type type = Type::kNull;
        bool declared = false;
    };
    using Cells = std::vector<const Cell*>;  // by use; nullptr: the row has none
    void find_cells(const Row& row, Cells& cells) const;
    const std::vector<Type>* declared_types(std::string_view event, const Cells& cells) const;
    Wanted wanted(std::size_t use, const Cell& cell, const std::vector<Type>* declared) const;
    bool needs(int event, const Use& use) const;

    std::optional<Refusal> pack_key(const Use& use, const Cell& cell, std::string_view event,
                                    Micros& time, Writer& out) const;
    void unpack_key(const Use& use, Cursor& in, EventDraft& draft) const;
    std::optional<Refusal> read_names(const Use& use, const Cell& cell, std::string_view event,
                                      Writer& out) const;
    std::optional<Refusal> read_time(const Use& use, const Cell& cell, Micros& time) const;
    std::optional<Refusal> read_text(const Use& use, const Cell& cell, std::string& text) const;
    std::optional<Refusal> read_value(const Use& use, Wanted wanted, const Cell& cell,
                                      Value& value) const;
    Refusal refuse(const Use& use, const Cell& cell, std::string_view expected) const;

    ImportOptions options_;
    const spec::Spec* spec_;
    std::vector<std::string> columns_;
    std::vector<Type> types_;
    std::vector<Use> uses_;                              // by role
    std::vector<std::vector<std::uint32_t>> by_column_;  // indices of uses_
    std::vector<bool> left_out_;
    std::size_t properties_ = 0;  // where those begin in uses_
    // Where rows name their events: the declared types of each use, kNull where it has none.
    std::vector<std::vector<Type>> event_types_;   // by event
    std::vector<std::vector<Type>> entity_types_;  // of a $set, by entity
    bool has_time_ = false;
    bool day_first_ = false;
    std::vector<std::string> notes_;
};

}  // namespace volant::collect
