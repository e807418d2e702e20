// How a sweep spec stands in JSON: the one table that parser, writer and schema are made of.
#ifndef SPEC_SWEEP_TABLE_H_
#define SPEC_SWEEP_TABLE_H_

#include "spec/json_table.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

// Members in the order of docs/formats.md section 1, in which they are read: "training" comes before what inherits it.
const Table<SweepSpec>& SweepTable();

}  // namespace winnow::spec

#endif  // SPEC_SWEEP_TABLE_H_
