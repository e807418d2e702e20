// What C callers pass, checked and turned into the types of the kernels.
#ifndef KERNELS_C_ARGUMENTS_H_
#define KERNELS_C_ARGUMENTS_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include "base/result.h"
#include "kernels/c/winnow_kernels.h"
#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {

// kInvalidArgument for a size that no version has had, kFailedPrecondition if a member that this library does not know
// is not 0. `bytes` is the caller's struct, `known` the size of this library's, `first` that of the first version's.
Status CheckStruct(const char* name, const void* bytes, size_t size, size_t first, size_t known);

// A caller's struct as this library knows it, whichever version of the header the caller was compiled with: members
// that its header lacks are 0.
template <typename T>
Result<T> ReadStruct(const char* name, const T* from, size_t first) {
  if (from == nullptr) return Err(InvalidArgument(std::string(name) + " is NULL"));
  const size_t size = from->struct_size;
  WINNOW_RETURN_ERR_IF_ERROR(CheckStruct(name, from, size, first, sizeof(T)));
  T copy{};
  std::memcpy(static_cast<void*>(&copy), from, std::min(size, sizeof(T)));
  return copy;
}

// kInvalidArgument for a value that an option does not have; a bad shape is left to ConvShape::Validate().
Result<ConvPlanOptions> ReadOptions(const winnow_conv_options* options);
Result<winnow_conv_buffers> ReadBuffers(const winnow_conv_buffers* buffers);
Result<WinogradVariant> ReadVariant(int32_t variant);

// `count` floats at `pointer`; NULL and 0 are none. kInvalidArgument if only one of them is, or a float cannot begin
// there.
Status CheckFloats(const char* name, const float* pointer, size_t count);
template <typename T>
Result<std::span<T>> ReadFloats(const char* name, T* pointer, size_t count) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckFloats(name, pointer, count));
  return std::span<T>(pointer, count);
}

}  // namespace winnow::kernels

#endif  // KERNELS_C_ARGUMENTS_H_
