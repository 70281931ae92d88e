#include "api/model_lookup.h"

#include <vector>

#include "core/nearest.h"

namespace volant::api {
namespace {

template <class Decls>
Result<int> find(std::string_view what, std::string_view name, int index, const Decls& decls) {
    if (index >= 0) return index;
    std::vector<std::string_view> known;
    for (const auto& decl : decls) known.push_back(decl.name);
    const auto near = nearest(name, known);
    return fail(Code::kNotFound,
                "there is no " + std::string(what) + " \"" + std::string(name) + "\"", {},
                near ? "did you mean \"" + std::string(*near) + "\"?" : "");
}

}  // namespace

Result<int> find_model(const spec::Spec& spec, std::string_view name) {
    return find("model", name, spec.model_index(name), spec.models);
}

Result<int> find_entity(const spec::Spec& spec, std::string_view name) {
    return find("entity", name, spec.entity_index(name), spec.entities);
}

}  // namespace volant::api
