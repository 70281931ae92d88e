#include "collect/import/row_mapping.h"

#include <algorithm>
#include <unordered_map>

#include "core/nearest.h"

namespace volant::collect {
namespace {

constexpr std::string_view kPropertiesPrefix = "properties.";  // of an event as the API takes it

std::string named(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

}  // namespace

Result<RowMapping> RowMapping::make(const ImportOptions& options, const spec::Spec& spec,
                                    const std::vector<std::string>& columns,
                                    const std::vector<ColumnProfile>& profiles) {
    RowMapping mapping(options, spec);
    mapping.columns_ = columns;
    mapping.left_out_.resize(columns.size());
    mapping.by_column_.resize(columns.size());
    VOLANT_OK(mapping.add_mapped(columns));
    mapping.add_by_name(columns);
    std::ranges::stable_sort(mapping.uses_, {}, &Use::role);
    mapping.properties_ = static_cast<std::size_t>(
        std::ranges::find(mapping.uses_, Role::kProperty, &Use::role) - mapping.uses_.begin());
    for (std::uint32_t i = 0; i < mapping.uses_.size(); ++i) {
        mapping.by_column_[mapping.uses_[i].column].push_back(i);
    }
    VOLANT_OK(mapping.check_required());
    if (mapping.names_its_event()) mapping.collect_declared();
    mapping.choose_types(profiles);
    mapping.choose_dates(profiles);
    return mapping;
}

Status RowMapping::add_mapped(const std::vector<std::string>& columns) {
    for (const auto& [target, column] : options_.map) {
        const auto found = std::find(columns.begin(), columns.end(), column);
        if (found == columns.end()) {
            const std::vector<std::string_view> names(columns.begin(), columns.end());
            return fail(Code::kUsage, "the file has no column " + named(column), {},
                        name_hint(column, names));
        }
        const auto index = static_cast<std::uint32_t>(found - columns.begin());
        if (target == "-") {
            left_out_[index] = true;
        } else {
            VOLANT_OK(add(target, index, false));
        }
    }
    return {};
}

Status RowMapping::add(const std::string& target, std::uint32_t column, bool by_name) {
    Use use;
    use.column = column;
    use.entity = spec_->entity_index(target);
    if (target == "time") {
        use.role = Role::kTime;
        has_time_ = true;
    } else if (target == "id") {
        use.role = Role::kId;
    } else if (target == "event" && names_its_event()) {
        use.role = Role::kEvent;
    } else if (target == "to" &&
               (names_its_event() || options_.event == "$link" || options_.event == "$unlink")) {
        use.role = Role::kTo;
    } else if (target == "$strict") {
        use.role = Role::kStrict;
    } else if (target == "properties" && by_name &&
               (names_its_event() || options_.event == "$unset")) {
        use.role = Role::kNames;
    } else if (use.entity >= 0) {
        use.role = Role::kEntity;
    } else {
        use.name = target;
        if (by_name && target.starts_with(kPropertiesPrefix))
            use.name = target.substr(kPropertiesPrefix.size());
    }
    for (const Use& other : uses_) {
        if (other.role == use.role && other.entity == use.entity && other.name == use.name) {
            return fail(Code::kUsage, named(target) + " is mapped twice: from " +
                                          named(columns_[other.column]) + " and " +
                                          named(columns_[column]));
        }
    }
    uses_.push_back(std::move(use));
    return {};
}

// A column whose name is taken by another column's target becomes nothing else by itself.
void RowMapping::add_by_name(const std::vector<std::string>& columns) {
    // What GET /v1/events adds to an event.
    constexpr std::string_view kOfTheLog[] = {"lsn", "known_at"};
    const bool logged = names_its_event() && std::ranges::all_of(kOfTheLog, [&](auto name) {
                            return std::ranges::find(columns, name) != columns.end();
                        });
    if (logged)
        notes_.emplace_back("\"lsn\" and \"known_at\" are left out: this log gives its own");
    for (std::uint32_t i = 0; i < columns.size(); ++i) {
        const bool mapped = std::any_of(uses_.begin(), uses_.end(),
                                        [&](const Use& use) { return use.column == i; });
        if (mapped || left_out_[i]) continue;
        if (logged && std::ranges::find(kOfTheLog, columns[i]) != std::end(kOfTheLog)) {
            left_out_[i] = true;
            continue;
        }
        if (!add(columns[i], i, true).ok()) {
            left_out_[i] = true;
            notes_.push_back("column " + named(columns[i]) +
                             " is left out: another one is mapped to that name");
        }
    }
}

Status RowMapping::check_required() const {
    const auto has = [&](Role role, int entity) {
        return std::any_of(uses_.begin(), uses_.end(), [&](const Use& use) {
            return use.role == role && use.entity == entity;
        });
    };
    if (options_.event.empty() && !has(Role::kEvent, -1)) {
        return fail(Code::kUsage, "the events have no type", {},
                    "say --events TYPE, or map a column to `event`");
    }
    const int event = spec_->event_index(options_.event);
    if (event < 0) return {};
    for (const int entity : spec_->events[static_cast<std::size_t>(event)].entities) {
        if (has(Role::kEntity, entity)) continue;
        const std::string& name = spec_->entities[static_cast<std::size_t>(entity)].name;
        const std::vector<std::string_view> names(columns_.begin(), columns_.end());
        return fail(Code::kUsage,
                    "event " + named(options_.event) + " needs `" + name +
                        "`, and no column is mapped to it",
                    {}, "--map " + name + "=COLUMN; " + name_hint(name, names));
    }
    return {};
}

// Properties of a declared event, or attributes of the entity that a $set is about.
const spec::FieldDecl* RowMapping::declaration(const std::string& property) const {
    const std::vector<spec::FieldDecl>* fields = nullptr;
    const int event = spec_->event_index(options_.event);
    if (event >= 0) fields = &spec_->events[static_cast<std::size_t>(event)].properties;
    if (options_.event == "$set") {
        for (const Use& use : uses_) {
            if (use.role == Role::kEntity)
                fields = &spec_->entities[static_cast<std::size_t>(use.entity)].attributes;
        }
    }
    if (fields == nullptr) return nullptr;
    for (const spec::FieldDecl& field : *fields) {
        if (field.name == property) return &field;
    }
    return nullptr;
}

void RowMapping::collect_declared() {
    for (const spec::EventDecl& event : spec_->events)
        event_types_.push_back(types_in(event.properties));
    for (const spec::EntityDecl& entity : spec_->entities)
        entity_types_.push_back(types_in(entity.attributes));
}

std::vector<Type> RowMapping::types_in(const std::vector<spec::FieldDecl>& fields) const {
    std::unordered_map<std::string_view, Type> by_name;
    for (const spec::FieldDecl& field : fields) {
        if (field.type != spec::FieldType::kAny)
            by_name[field.name] = spec::stored_type(field.type);
    }
    std::vector<Type> types(uses_.size(), Type::kNull);
    for (std::size_t i = properties_; i < uses_.size(); ++i) {
        if (const auto found = by_name.find(uses_[i].name); found != by_name.end())
            types[i] = found->second;
    }
    return types;
}

void RowMapping::choose_types(const std::vector<ColumnProfile>& profiles) {
    for (const ColumnProfile& profile : profiles) types_.push_back(profile.type());
    for (Use& use : uses_) {
        const ColumnProfile& profile = profiles[use.column];
        use.dates = profile.dates();
        use.type = profile.type();
        if (use.role == Role::kProperty) {
            const spec::FieldDecl* field = declaration(use.name);
            if (field != nullptr && field->type != spec::FieldType::kAny) {
                use.type = spec::stored_type(field->type);
                use.declared = true;
                types_[use.column] = use.type;
            }
        } else if (use.role != Role::kTime && use.role != Role::kStrict &&
                   profile.type() == Type::kDouble && profile.whole_floats()) {
            use.strip_float = true;
            types_[use.column] = Type::kInt;
            notes_.push_back(
                named(columns_[use.column]) +
                " holds integers written as floats; the ids are \"17850\", not \"17850.0\"");
        } else if (use.role == Role::kTime && profile.count() > 0) {
            types_[use.column] = Type::kTime;
        }
    }
}

const ZoneRule* RowMapping::zone() const {
    if (options_.zone) return &*options_.zone;
    return spec_->zone.allow_local ? &spec_->zone : nullptr;
}

void RowMapping::choose_dates(const std::vector<ColumnProfile>& profiles) {
    DateEvidence all;
    for (const Use& use : uses_) {
        if (use.role != Role::kTime && use.type != Type::kTime) continue;
        const DateEvidence& dates = profiles[use.column].dates();
        all.numeric |= dates.numeric;
        all.day_first |= dates.day_first;
        all.month_first |= dates.month_first;
        all.local |= dates.local;
    }
    day_first_ = options_.day_first.value_or(all.day_first && !all.month_first);
    if (all.numeric && !options_.day_first) {
        const bool known = all.day_first != all.month_first;
        notes_.push_back(std::string("dates like 3/4/2010 are read ") +
                         (day_first_ ? "day" : "month") + " first" +
                         (known ? "" : ": nothing in the file says which"));
    }
    if (all.local && zone() == nullptr) {
        notes_.emplace_back(
            "times without a zone are taken as UTC; --time-zone, or `time_zone` in volant.yaml, "
            "says which they are in");
    }
    if (!has_time_)
        notes_.push_back("no column is mapped to `time`: all rows get the time of the import");
}

TimeForm RowMapping::form_of(const Use& use) const {
    TimeForm form;
    form.day_first = day_first_;
    form.zone = zone();
    // A column that is plainly the other way round, in a file that has both.
    if (!options_.day_first && use.dates.day_first != use.dates.month_first)
        form.day_first = use.dates.day_first;
    return form;
}

std::string RowMapping::describe_use(const Use& use) const {
    switch (use.role) {
        case Role::kTime:
            return "time";
        case Role::kId:
            return "id";
        case Role::kEvent:
            return "event";
        case Role::kTo:
            return "to";
        case Role::kNames:
            return "properties";
        case Role::kStrict:
            return "$strict";
        case Role::kEntity:
            return spec_->entities[static_cast<std::size_t>(use.entity)].name;
        case Role::kProperty:
            return use.name;
    }
    return {};
}

std::string RowMapping::target_of(std::uint32_t column) const {
    std::string targets;
    for (const std::uint32_t index : by_column_[column]) {
        if (!targets.empty()) targets += ',';
        targets += describe_use(uses_[index]);
    }
    return targets;
}

}  // namespace volant::collect
