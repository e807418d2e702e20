#include "tests/contract/store_contract.h"

namespace winnow::server {

INSTANTIATE_TEST_SUITE_P(Every, StoreContract, ::testing::Values(StoreKind::kMemory, StoreKind::kSqlite),
                         [](const auto& kind) { return kind.param == StoreKind::kMemory ? "Memory" : "Sqlite"; });

}  // namespace winnow::server
