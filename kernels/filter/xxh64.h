// The hash XXH64 with seed 0: tells damage from chance, not a forger from the author.
//
// Written from its specification, "xxHash fast digest algorithm", version 0.2.0 (Collet).
#ifndef KERNELS_FILTER_XXH64_H_
#define KERNELS_FILTER_XXH64_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace winnow::kernels {

uint64_t Xxh64(std::span<const std::byte> bytes);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_XXH64_H_
