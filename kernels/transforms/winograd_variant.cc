#include "kernels/transforms/winograd_variant.h"

#include <string>

namespace winnow::kernels {
namespace {

// clang-format off
constexpr double kAt2[] = {1, 1,  1, 0,
                           0, 1, -1, 1};
constexpr double kBt2[] = {1,  0, -1, 0,
                           0,  1,  1, 0,
                           0, -1,  1, 0,
                           0, -1,  0, 1};
constexpr double kG2[] = {1,      0,      0,
                          1. / 2, 1. / 2, 1. / 2,
                          1. / 2, -1. / 2, 1. / 2,
                          0,      0,      1};

constexpr double kAt4[] = {1, 1,  1, 1,  1, 0,
                           0, 1, -1, 2, -2, 0,
                           0, 1,  1, 4,  4, 0,
                           0, 1, -1, 8, -8, 1};
constexpr double kBt4[] = {4,  0, -5,  0, 1, 0,
                           0, -4, -4,  1, 1, 0,
                           0,  4, -4, -1, 1, 0,
                           0, -2, -1,  2, 1, 0,
                           0,  2, -1, -2, 1, 0,
                           0,  4,  0, -5, 0, 1};
constexpr double kG4[] = {1. / 4,   0,        0,
                          -1. / 6,  -1. / 6,  -1. / 6,
                          -1. / 6,  1. / 6,   -1. / 6,
                          1. / 24,  1. / 12,  1. / 6,
                          1. / 24,  -1. / 12, 1. / 6,
                          0,        0,        1};
// clang-format on

}  // namespace

std::string_view VariantName(WinogradVariant variant) {
  return variant == WinogradVariant::kF2K3 ? "F(2x2,3x3)" : "F(4x4,3x3)";
}

Result<WinogradVariant> ParseVariant(std::string_view name) {
  if (name == "F2" || name == VariantName(WinogradVariant::kF2K3)) return WinogradVariant::kF2K3;
  if (name == "F4" || name == VariantName(WinogradVariant::kF4K3)) return WinogradVariant::kF4K3;
  return Err(InvalidArgument("unknown Winograd variant \"" + std::string(name) + "\"; use F(2x2,3x3) or F(4x4,3x3)"));
}

const WinogradMatrices& MatricesOf(WinogradVariant variant) {
  static const WinogradMatrices f2{2, 4, kAt2, kBt2, kG2};
  static const WinogradMatrices f4{4, 6, kAt4, kBt4, kG4};
  return variant == WinogradVariant::kF2K3 ? f2 : f4;
}

}  // namespace winnow::kernels
