#include "model/kernels/isa.h"

#include <cstdlib>
#include <string>

namespace volant::model {

std::string_view isa_name(Isa isa) {
    switch (isa) {
        case Isa::kScalar:
            return "scalar";
        case Isa::kAvx2:
            return "avx2";
        case Isa::kAvx512:
            return "avx512";
    }
    return "scalar";
}

std::vector<Isa> available_isas() {
    std::vector<Isa> isas = {Isa::kScalar};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return isas;
    isas.push_back(Isa::kAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl")) {
        isas.push_back(Isa::kAvx512);
    }
#endif
    return isas;
}

Result<Isa> choose_isa(std::string_view forced) {
    const std::vector<Isa> isas = available_isas();
    if (forced.empty()) return isas.back();
    std::string here;
    for (const Isa isa : isas) {
        if (isa_name(isa) == forced) return isa;
        here += (here.empty() ? "" : ", ") + std::string(isa_name(isa));
    }
    for (const Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
        if (isa_name(isa) != forced) continue;
        return fail(Code::kUnavailable, "VOLANT_ISA is '" + std::string(forced) +
                                            "', which this machine does not have; it has: " + here);
    }
    return fail(Code::kUsage, "VOLANT_ISA is '" + std::string(forced) +
                                  "', expected scalar, avx2 or avx512; this machine has: " + here);
}

const Result<Isa>& environment_isa() {
    static const Result<Isa> chosen = [] {
        const char* forced = std::getenv("VOLANT_ISA");
        return choose_isa(forced == nullptr ? "" : forced);
    }();
    return chosen;
}

}  // namespace volant::model
