// `volant predict`: a model's answers for the rows of a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "collect/row_source.h"
#include "core/json_writer.h"
#include "spec/spec.h"

namespace volant::cli {

Run declare_predict(Options& options);

// A row of a file as the body of POST /v1/predict/{model}. Columns named like an entity or like an
// input of the model are sent (`input.NAME` too); a list `candidates` is sent; all others are left
// out. Missing cells are left out too. Text becomes what the input is declared as, where it reads
// as that; else it is sent as it is, for the server to refuse by name.
class RowRequest {
  public:
    RowRequest(const spec::Spec& spec, int model) : spec_(spec), model_(model) {}

    // `k` 0: as the server has it.
    void write(const std::vector<std::string>& columns, const collect::Row& row, std::uint32_t k,
               json::Writer& out) const;

  private:
    int input_index(std::string_view column) const;  // -1: no input

    const spec::Spec& spec_;
    const int model_;
};

}  // namespace volant::cli
