// A packed filter's file in memory, with its structures at hand to be spoilt.
#ifndef TESTS_UNIT_KERNELS_FILTER_PACKED_FILE_SAMPLE_H_
#define TESTS_UNIT_KERNELS_FILTER_PACKED_FILE_SAMPLE_H_

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "kernels/filter/packed_file.h"
#include "kernels/filter/packed_file_header.h"
#include "tests/support/repair_packed_file.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {

inline Result<PackedFilter> PackRandom(WinogradVariant variant, int64_t out_channels, int64_t in_channels,
                                       double density, const PackedFilterLayout& layout, uint32_t seed) {
  std::vector<float> q = RandomFloats(out_channels * in_channels * Positions(variant), seed);
  PruneRandomly(density, seed + 1, q);
  return PackedFilter::Pack(variant, out_channels, in_channels, q, layout);
}

// Members are where the header said when the sample was made, whatever is written into it later.
struct PackedFileSample {
  explicit PackedFileSample(const PackedFilter& filter)
      : bytes(SerializePackedFilter(filter)),
        header(*reinterpret_cast<PackedFileHeader*>(bytes.data())),
        blocks(At<PackedFilter::Block>(header.blocks_offset), header.block_count),
        rows(At<PackedRow>(header.rows_offset), header.row_count),
        weights(At<float>(header.weights_offset), header.nonzeros),
        indices(At<uint16_t>(header.indices_offset), header.index_count) {}
  PackedFileSample(const PackedFileSample&) = delete;
  PackedFileSample& operator=(const PackedFileSample&) = delete;

  Result<PackedFilter> Parse() const { return ParsePackedFilter(bytes, nullptr); }
  Result<PackedFilter> ParseRepaired() {
    RepairChecksum(bytes);
    return Parse();
  }

  template <typename T>
  T* At(uint64_t offset) {
    return reinterpret_cast<T*>(bytes.data() + offset);
  }

  std::vector<std::byte> bytes;
  PackedFileHeader& header;
  std::span<PackedFilter::Block> blocks;
  std::span<PackedRow> rows;
  std::span<float> weights;  // without the zeros behind them
  std::span<uint16_t> indices;
};

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_FILTER_PACKED_FILE_SAMPLE_H_
