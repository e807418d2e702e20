#include "kernels/filter/xxh64.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace winnow::kernels {
namespace {

// Values of another implementation (Python's xxhash), at every branch's first and last length.
TEST(Xxh64, IsThePublishedHash) {
  std::vector<std::byte> bytes(1000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + 3);
  for (const auto& [size, hash] : {std::pair<size_t, uint64_t>(0, 0xef46db3751d8e999),
                                   {1, 0x1f25c8d0bc1f4bb6},
                                   {3, 0x31d2363f52e564c9},
                                   {4, 0x9bb64b7d66ee9fda},
                                   {7, 0x9a7b149959ce60d8},
                                   {8, 0xdab99d95c6f90092},
                                   {12, 0xd52e407833af5133},
                                   {31, 0xa2aa5f33cc4a6119},
                                   {32, 0x23c3c17ef790fd97},
                                   {33, 0x50a7cfc7ba588784},
                                   {63, 0x5e3e54b431c7493c},
                                   {64, 0xeb64b3ef6eeb01f},
                                   {101, 0xbad4d3bf033bda4c},
                                   {1000, 0x5f235fa033f1a3fb}}) {
    EXPECT_EQ(Xxh64(std::span(bytes).first(size)), hash) << size;
  }
}

}  // namespace
}  // namespace winnow::kernels
