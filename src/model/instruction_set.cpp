#include "model/instruction_set.h"

#include "model/kernels/isa.h"

namespace volant::model {

Result<std::string_view> instruction_set() {
    const auto& isa = environment_isa();
    if (!isa.ok()) return isa.error();
    return isa_name(*isa);
}

std::string instruction_sets() {
    std::string out;
    for (const Isa isa : available_isas()) {
        if (!out.empty()) out += ", ";
        out += isa_name(isa);
    }
    return out;
}

}  // namespace volant::model
