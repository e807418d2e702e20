// Times what happens to a filter before a plan can use it: packing, writing, mapping with every check, unpacking.
//
//   winnow_kernels_pack_bench --benchmark_repetitions=5
//
// A name reads what/variant (m)/channels in and out/sparsity in percent. Masks are random, the worst case for branch
// predictors. On a machine that is not idle read the CPU time, and of it the minimum.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>
#include <vector>

#include "kernels/filter/packed_file.h"
#include "kernels/filter/packed_filter.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 1;
constexpr PackedFilterLayout kLayout{128, 256};  // a panel of 32 KiB, four vectors of AVX-512

struct Problem {
  WinogradVariant variant;
  int64_t channels;
  std::vector<float> q;
};

Problem MakeProblem(const benchmark::State& state) {
  Problem problem{state.range(0) == 2 ? WinogradVariant::kF2K3 : WinogradVariant::kF4K3, state.range(1), {}};
  problem.q.resize(static_cast<size_t>(problem.channels * problem.channels * Positions(problem.variant)));
  std::mt19937 generator(kSeed);
  std::normal_distribution<float> normal;
  std::bernoulli_distribution prune(static_cast<double>(state.range(2)) / 100);
  for (float& x : problem.q) x = prune(generator) ? 0 : normal(generator);
  return problem;
}

PackedFilter MakePacked(const benchmark::State& state) {
  const Problem problem = MakeProblem(state);
  return *PackedFilter::Pack(problem.variant, problem.channels, problem.channels, problem.q, kLayout);
}

void Pack(benchmark::State& state) {
  const Problem problem = MakeProblem(state);
  for (auto _ : state) {
    const auto packed = PackedFilter::Pack(problem.variant, problem.channels, problem.channels, problem.q, kLayout);
    benchmark::DoNotOptimize(packed->weights());
  }
}

void Unpack(benchmark::State& state) {
  const PackedFilter packed = MakePacked(state);
  for (auto _ : state) benchmark::DoNotOptimize(packed.Unpack().data());
}

void Serialize(benchmark::State& state) {
  const PackedFilter packed = MakePacked(state);
  for (auto _ : state) benchmark::DoNotOptimize(SerializePackedFilter(packed).data());
}

// From a file that the system has in memory.
void Map(benchmark::State& state) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "winnow_kernels_pack_bench.wpf";
  if (const Status written = WritePackedFilter(MakePacked(state), path); !written.ok()) {
    state.SkipWithError(written.ToString().c_str());
  }
  for (auto _ : state) benchmark::DoNotOptimize(MapPackedFilter(path)->weights());
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * std::filesystem::file_size(path)));
  std::filesystem::remove(path);
}

void Arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgsProduct({{2, 4}, {64, 512}, {63, 90}})->Unit(benchmark::kMillisecond);
}
BENCHMARK(Pack)->Apply(Arguments);
BENCHMARK(Unpack)->Apply(Arguments);
BENCHMARK(Serialize)->Apply(Arguments);
BENCHMARK(Map)->Apply(Arguments);

}  // namespace
}  // namespace winnow::kernels

BENCHMARK_MAIN();
