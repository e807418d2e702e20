// Writes good packed filter files for the fuzzer to begin with: packed_filter_seeds FOLDER. To be run again when the
// format gets a new version, because then the reader refuses the whole kept corpus.
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "kernels/filter/packed_file.h"

namespace winnow::kernels {
namespace {

struct Seed {
  WinogradVariant variant;
  int64_t out_channels;
  int64_t in_channels;
  double density;
  PackedFilterLayout layout;
  int64_t group = 1;  // output channels that share their mask
};

// One and several blocks, layouts that a plan takes as they are (fuzz: ShapeFor), empty, full and tiny filters, rows
// for one and for several output channels.
constexpr Seed kSeeds[] = {
    {WinogradVariant::kF2K3, 1, 1, 1.0, {1, 16}},        {WinogradVariant::kF2K3, 3, 5, 0.5, {5, 16}},
    {WinogradVariant::kF2K3, 5, 9, 0.5, {4, 64}},        {WinogradVariant::kF2K3, 6, 7, 0.0, {7, 128}},
    {WinogradVariant::kF2K3, 4, 12, 1.0, {12, 112}},     {WinogradVariant::kF4K3, 2, 3, 0.6, {3, 32}},
    {WinogradVariant::kF4K3, 3, 7, 0.4, {2, 256}},       {WinogradVariant::kF4K3, 1, 4, 1.0, {65536, 8}},
    {WinogradVariant::kF2K3, 1, 2100, 0.02, {1050, 16}}, {WinogradVariant::kF2K3, 2, 3, 0.6, {1, 8}},
    {WinogradVariant::kF2K3, 7, 6, 0.5, {3, 16}, 2},     {WinogradVariant::kF2K3, 10, 5, 0.5, {5, 32}, 4},
    {WinogradVariant::kF4K3, 8, 4, 0.5, {4, 16}, 8},     {WinogradVariant::kF2K3, 19, 3, 0.4, {2, 64}, 8},
};

int WriteAll(const std::filesystem::path& folder) {
  int number = 0;
  for (const Seed& seed : kSeeds) {
    std::mt19937 generator(static_cast<uint32_t>(++number));
    std::normal_distribution<float> normal;
    std::bernoulli_distribution keep(seed.density);
    std::vector<float> q(static_cast<size_t>(seed.out_channels * seed.in_channels * Positions(seed.variant)));
    const size_t size = q.size() / static_cast<size_t>(seed.out_channels);
    for (size_t i = 0; i < q.size(); ++i) {
      const size_t before = i / size % static_cast<size_t>(seed.group);  // output channels of its group
      const bool kept = before == 0 ? keep(generator) : q[i - before * size] != 0;
      q[i] = kept ? normal(generator) : 0;
    }
    const auto packed = PackedFilter::Pack(seed.variant, seed.out_channels, seed.in_channels, q, seed.layout);
    const Status status =
        packed ? WritePackedFilter(*packed, folder / ("seed-" + std::to_string(number))) : packed.error();
    if (status.ok()) continue;
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace winnow::kernels

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: packed_filter_seeds FOLDER\n");
    return 2;
  }
  return winnow::kernels::WriteAll(argv[1]);
}
