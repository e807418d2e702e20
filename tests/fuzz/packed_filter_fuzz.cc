// Fuzzes the reader of packed filter files: whatever the bytes, it refuses them or they are what the writer makes, and
// a plan may multiply with them.
//
//   cmake --preset fuzz && ninja -C build/fuzz packed_filter_fuzz
//   build/fuzz/bin/packed_filter_fuzz -max_len=16384 FOLDER tests/fuzz/corpus/packed_filter
//
// packed_filter_fuzz_replay, built by every compiler, runs the kept corpus as a test.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/filter/packed_file.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "tests/support/repair_packed_file.h"

namespace winnow::kernels {
namespace {

// A file may name more coefficients than it holds; a sparse filter's q is larger than the filter.
constexpr int64_t kMaxCoefficients = 1 << 16;

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "packed_filter_fuzz: %s\n", what);
  std::abort();
}

// A layer for which a plan of four lanes chooses the filter's channel stride, if there is one: an image a tile.
ConvShape ShapeFor(const PackedFilter& filter) {
  constexpr int64_t kLaneBytes = sizeof(float);
  constexpr int64_t kMaxTiles = 32;
  const int64_t tiles = filter.layout().channel_stride_bytes / kLaneBytes;
  const int m = TileOutputs(filter.variant());
  return {tiles <= kMaxTiles ? tiles : 1, filter.in_channels(), filter.out_channels(), m, m, 1};
}

std::vector<float> OutputOf(const Result<ConvPlan>& plan) {
  Require(plan.has_value(), "a plan refuses what the reader accepted");
  const std::vector<float> input(static_cast<size_t>(plan->InputElements()), 0.5f);
  std::vector<float> output(static_cast<size_t>(plan->OutputElements()));
  ScratchBuffer scratch(plan->ScratchBytes());
  Run(*plan, input, output, scratch.bytes(), SerialFor);
  return output;
}

void Multiply(const PackedFilter& filter, const std::vector<float>& q) {
  for (const Isa isa : {Isa::kScalar, BestIsa()}) {
    const ConvPlanOptions options{
        .shape = ShapeFor(filter), .variant = filter.variant(), .isa = isa, .multiply = MultiplyKind::kSparse};
    const std::vector<float> packed = OutputOf(MakeConvPlanFromPacked(options, filter));
    const std::vector<float> unpacked = OutputOf(MakeConvPlan(options, q));
    Require(std::memcmp(packed.data(), unpacked.data(), packed.size() * sizeof(float)) == 0,
            "the packed filter gives another output than its coefficients");
  }
}

// In memory of exactly its size, so that AddressSanitizer sees every step past it.
void Try(const std::vector<std::byte>& file) {
  const Result<PackedFilter> filter = ParsePackedFilter(file, nullptr);
  if (!filter) {
    Require(filter.error().code() == StatusCode::kDataLoss && !filter.error().message().empty(),
            "a fault without code or message");
    return;
  }
  Require(SerializePackedFilter(*filter) == file, "the reader accepts what the writer does not write");
  if (filter->out_channels() > kMaxCoefficients / filter->in_channels() / Positions(filter->variant())) return;
  const std::vector<float> q = filter->Unpack();
  const Result<PackedFilter> again =
      PackedFilter::Pack(filter->variant(), filter->out_channels(), filter->in_channels(), q, filter->layout());
  Require(again && SerializePackedFilter(*again) == file, "packing what was unpacked makes another file");
  Multiply(*filter, q);
}

}  // namespace
}  // namespace winnow::kernels

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::byte> file(size);
  std::transform(data, data + size, file.begin(), [](uint8_t byte) { return static_cast<std::byte>(byte); });
  winnow::kernels::Try(file);
  // No fuzzer finds a checksum.
  winnow::kernels::RepairChecksum(file);
  winnow::kernels::Try(file);
  return 0;
}
