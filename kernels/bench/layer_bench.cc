// Times convolution plans on layers of real networks at random sparsity, phases apart.
//
//   winnow_kernels_bench --benchmark_filter='L2.*/s90/t1$' --benchmark_repetitions=5
//                        --benchmark_out=out.json --benchmark_out_format=json
//
// A name reads layer/variant/sparsity in percent/threads, with g2, g4 or g8 behind the sparsity where as many
// neighbouring output channels share their mask. Those that begin with D are small or have few channels, and run dense:
// the variant is then F4, F2 or direct. Times are of whole calls, from NCHW to NCHW; counters:
//   effective_gflops  operations of the direct convolution by the time
//   best_ms           the fastest single call, for machines that are not idle; best_gflops from it
//   in, mul, out      share of the phases in percent (summed over threads)
//   density           of the filter; filter_mib its packed size; sparse 1 for the sparse kernel, 0 for the dense
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/bench/bench_pool.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "kernels/transforms/filter_transform.h"

namespace winnow::kernels {
namespace {

// ResNet-like layers with images of 32 to 8 pixels, ResNet-18's at batch 1 and 16, and large images.
constexpr ConvShape kLayers[] = {{32, 64, 64, 32, 32, 1},   {32, 128, 128, 16, 16, 1}, {32, 256, 256, 8, 8, 1},
                                 {1, 64, 64, 56, 56, 1},    {1, 128, 128, 28, 28, 1},  {1, 256, 256, 14, 14, 1},
                                 {1, 512, 512, 7, 7, 1},    {16, 64, 64, 56, 56, 1},   {16, 128, 128, 28, 28, 1},
                                 {16, 256, 256, 14, 14, 1}, {16, 512, 512, 7, 7, 1},   {1, 64, 64, 224, 224, 1},
                                 {1, 256, 256, 56, 56, 1},  {1, 512, 512, 28, 28, 1}};
// Where direct convolution and Winograd cross: few channels in, out or both, and small images.
constexpr ConvShape kDirectLayers[] = {
    {1, 1, 6, 28, 28, 1},    {1, 1, 64, 28, 28, 1},  {1, 3, 16, 32, 32, 1},  {1, 3, 64, 32, 32, 1},
    {1, 3, 64, 224, 224, 1}, {1, 6, 16, 32, 32, 1},  {1, 8, 8, 56, 56, 1},   {1, 16, 16, 32, 32, 1},
    {1, 16, 64, 32, 32, 1},  {1, 32, 32, 16, 16, 1}, {1, 32, 3, 64, 64, 1},  {1, 64, 3, 64, 64, 1},
    {1, 64, 64, 7, 7, 1},    {1, 64, 64, 4, 4, 1},   {1, 256, 256, 4, 4, 1}, {1, 256, 256, 2, 2, 1},
    {1, 512, 512, 2, 2, 1},  {1, 512, 512, 3, 3, 1}, {1, 512, 512, 4, 4, 1}, {16, 3, 64, 32, 32, 1},
    {16, 8, 8, 32, 32, 1},   {16, 16, 16, 32, 32, 1}};
constexpr int kSparsities[] = {0, 50, 63, 74, 80, 90};
constexpr uint32_t kSeed = 1;

// He-initialised.
std::vector<float> MakeWeights(const ConvShape& shape) {
  std::mt19937 generator(kSeed);
  std::normal_distribution<float> normal(0, std::sqrt(2.0f / static_cast<float>(9 * shape.in_channels)));
  std::vector<float> w(shape.FilterSize());
  for (float& x : w) x = normal(generator);
  return w;
}

// Weights transformed, then pruned at random by groups of output channels.
std::vector<float> MakeFilter(const ConvShape& shape, WinogradVariant variant, int sparsity_percent, int64_t group) {
  const std::vector<float> w = MakeWeights(shape);
  const int64_t filters = shape.out_channels * shape.in_channels;
  std::vector<float> q(filters * Positions(variant));
  FilterTransform(variant, filters, w, q);
  std::mt19937 generator(kSeed + 2);
  std::bernoulli_distribution prune(sparsity_percent / 100.0);
  const int64_t row = shape.in_channels * Positions(variant);
  for (int64_t o = 0; o < shape.out_channels; o += group) {
    for (int64_t i = o * row; i < (o + 1) * row; ++i) {
      if (!prune(generator)) continue;
      for (int64_t r = 0; r < std::min(group, shape.out_channels - o); ++r) q[static_cast<size_t>(i + r * row)] = 0;
    }
  }
  return q;
}

// What a ReLU leaves of normal values.
std::vector<float> MakeInput(const ConvShape& shape) {
  std::mt19937 generator(kSeed + 1);
  std::normal_distribution<float> normal;
  std::vector<float> input(shape.InputSize());
  for (float& x : input) x = std::max(0.0f, normal(generator));
  return input;
}

// One for all layers, as in a network: kept hot.
ScratchBuffer& SharedScratch() {
  static ScratchBuffer scratch;
  return scratch;
}

void SetCounters(const ConvPlan& plan, const PhaseTimes& phases, double best_ms, benchmark::State& state) {
  const double total = static_cast<double>(phases.input_transform_ns + phases.multiply_ns + phases.output_transform_ns);
  state.counters["best_ms"] = best_ms;
  state.counters["best_gflops"] = 2e-6 * static_cast<double>(plan.shape().DirectMultiplications()) / best_ms;
  state.counters["in"] = 100 * static_cast<double>(phases.input_transform_ns) / total;
  state.counters["mul"] = 100 * static_cast<double>(phases.multiply_ns) / total;
  state.counters["out"] = 100 * static_cast<double>(phases.output_transform_ns) / total;
  state.counters["density"] = plan.Density();
  state.counters["filter_mib"] = static_cast<double>(plan.FilterBytes()) / (1 << 20);
  state.counters["sparse"] = plan.multiply() == MultiplyKind::kSparse ? 1 : 0;
  state.counters["effective_gflops"] = benchmark::Counter(
      2e-9 * static_cast<double>(plan.shape().DirectMultiplications()), benchmark::Counter::kIsIterationInvariantRate);
}

void TimePlan(benchmark::State& state, const Result<ConvPlan>& plan, int threads) {
  if (!plan) {
    state.SkipWithError(plan.error().ToString().c_str());
    return;
  }
  const std::vector<float> input = MakeInput(plan->shape());
  std::vector<float> output(plan->shape().OutputSize());
  ScratchBuffer& scratch = SharedScratch();
  scratch.Reserve(plan->ScratchBytes());
  BenchPool pool(threads);
  const auto parallel_for = [&pool](int64_t count, RangeBody body) { pool.Run(count, body); };
  Run(*plan, input, output, scratch.bytes(), parallel_for);
  PhaseTimes phases;
  double best_ms = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const PhaseTimes one = RunProfiled(*plan, input, output, scratch.bytes(), parallel_for);
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    best_ms = std::min(best_ms, elapsed.count());
    phases.input_transform_ns += one.input_transform_ns;
    phases.multiply_ns += one.multiply_ns;
    phases.output_transform_ns += one.output_transform_ns;
    benchmark::ClobberMemory();
  }
  SetCounters(*plan, phases, best_ms, state);
}

void TimeLayer(benchmark::State& state, const ConvShape& shape, WinogradVariant variant, int sparsity_percent,
               int64_t group, int threads) {
  const std::vector<float> bias(shape.out_channels, 0.1f);
  TimePlan(state,
           MakeConvPlan({.shape = shape, .variant = variant, .threads = threads, .relu = true},
                        MakeFilter(shape, variant, sparsity_percent, group), bias),
           threads);
}

void TimeDenseLayer(benchmark::State& state, const ConvShape& shape, WinogradVariant variant, MultiplyKind multiply) {
  const std::vector<float> bias(shape.out_channels, 0.1f);
  TimePlan(state,
           MakeConvPlanFromWeights({.shape = shape, .variant = variant, .multiply = multiply, .relu = true},
                                   MakeWeights(shape), bias),
           /*threads=*/1);
}

std::string LayerName(const char* kind, int number, const ConvShape& shape) {
  std::string name(kind);
  name.append(std::to_string(number)).append(" ").append(shape.ToString());
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

void Register(const std::string& name, const std::function<void(benchmark::State&)>& time) {
  benchmark::RegisterBenchmark(name.c_str(), time)->UseRealTime()->Unit(benchmark::kMillisecond);
}

void RegisterDirect() {
  int number = 0;
  for (const ConvShape& shape : kDirectLayers) {
    const std::string layer = LayerName("D", number++, shape);
    const auto add = [&](const char* variant_name, WinogradVariant variant, MultiplyKind multiply) {
      Register(layer + variant_name + "/s0/t1",
               [=](benchmark::State& state) { TimeDenseLayer(state, shape, variant, multiply); });
    };
    add("/F4", WinogradVariant::kF4K3, MultiplyKind::kDense);
    add("/F2", WinogradVariant::kF2K3, MultiplyKind::kDense);
    add("/direct", WinogradVariant::kF4K3, MultiplyKind::kDirect);
  }
}

void RegisterAll() {
  int number = 0;
  for (const ConvShape& shape : kLayers) {
    const std::string layer = LayerName("L", number++, shape);
    for (WinogradVariant variant : {WinogradVariant::kF4K3, WinogradVariant::kF2K3}) {
      for (int sparsity : kSparsities) {
        for (int64_t group : {1, 2, 4, 8}) {
          if (sparsity == 0 && group > 1) continue;
          for (int threads : {1, 2}) {
            std::string name = layer;
            name.append(variant == WinogradVariant::kF4K3 ? "/F4/s" : "/F2/s").append(std::to_string(sparsity));
            if (group > 1) name.append("g").append(std::to_string(group));
            name.append("/t").append(std::to_string(threads));
            Register(name,
                     [=](benchmark::State& state) { TimeLayer(state, shape, variant, sparsity, group, threads); });
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace winnow::kernels

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("isa", std::string(winnow::kernels::IsaName(winnow::kernels::BestIsa())));
  benchmark::AddCustomContext("seed", "1");
  winnow::kernels::RegisterAll();
  winnow::kernels::RegisterDirect();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
