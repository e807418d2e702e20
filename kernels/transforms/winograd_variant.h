// The Winograd variants for 3x3 filters and the matrices that define them.
//
//   O = A^T [ Q .* (B^T I B) ] A,   Q = G W G^T        (Winograd 1980; Lavin and Gray 2016)
//
// with I an alpha x alpha patch, O an m x m output tile, alpha = m + 2. Points of interpolation: F(2,3) 0, 1, -1, inf;
// F(4,3) 0, 1, -1, 2, -2, inf; signs as in Yu et al. 2019, so that pruned filters can be compared.
#ifndef KERNELS_TRANSFORMS_WINOGRAD_VARIANT_H_
#define KERNELS_TRANSFORMS_WINOGRAD_VARIANT_H_

#include <array>
#include <span>
#include <string_view>

#include "base/result.h"

namespace winnow::kernels {

enum class WinogradVariant {
  kF2K3,  // F(2x2,3x3): 16 positions, error about 5e-7
  kF4K3,  // F(4x4,3x3): 36 positions, error about 1e-5
};

inline constexpr std::array<WinogradVariant, 2> kAllVariants = {WinogradVariant::kF2K3, WinogradVariant::kF4K3};
inline constexpr int kMaxAlpha = 6;
inline constexpr int kMaxPositions = kMaxAlpha * kMaxAlpha;

// Outputs of a tile in one direction.
constexpr int TileOutputs(WinogradVariant variant) { return variant == WinogradVariant::kF2K3 ? 2 : 4; }
// Inputs of a tile in one direction: m + 2.
constexpr int Alpha(WinogradVariant variant) { return TileOutputs(variant) + 2; }
// Coefficients of one transformed filter: alpha * alpha. Position = row * alpha + column.
constexpr int Positions(WinogradVariant variant) { return Alpha(variant) * Alpha(variant); }

// "F(2x2,3x3)", "F(4x4,3x3)".
std::string_view VariantName(WinogradVariant variant);

// The names above, and the short "F2" and "F4". kInvalidArgument for anything else.
Result<WinogradVariant> ParseVariant(std::string_view name);

// The three matrices by rows, exact up to the thirds in G.
struct WinogradMatrices {
  int m = 0;
  int alpha = 0;
  std::span<const double> at;  // [m][alpha]
  std::span<const double> bt;  // [alpha][alpha]
  std::span<const double> g;   // [alpha][3]
};

// Lives as long as the program.
const WinogradMatrices& MatricesOf(WinogradVariant variant);

}  // namespace winnow::kernels

#endif  // KERNELS_TRANSFORMS_WINOGRAD_VARIANT_H_
