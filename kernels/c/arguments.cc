#include "kernels/c/arguments.h"

#include <cstdint>

namespace winnow::kernels {
namespace {

// More than any version will have: a size beyond it is garbage, and not to be read.
constexpr size_t kMaxStructBytes = 4096;

// What the first version had. A later one appends its members to the structs and leaves these as they are.
constexpr size_t kFirstOptionsBytes = 88;
constexpr size_t kFirstBuffersBytes = sizeof(size_t) + 8 * sizeof(void*);
static_assert(sizeof(winnow_conv_options) == kFirstOptionsBytes);
static_assert(sizeof(winnow_conv_buffers) == kFirstBuffersBytes);

Status Unknown(const char* name, int32_t value, const char* remedy) {
  return InvalidArgument("winnow_conv_options." + std::string(name) + " is " + std::to_string(value) + "; use " +
                         remedy);
}

Status ReadChoices(const winnow_conv_options& from, ConvPlanOptions& options) {
  if (from.layout != WINNOW_LAYOUT_NCHW && from.layout != WINNOW_LAYOUT_BLOCKED16) {
    return Unknown("layout", from.layout, "WINNOW_LAYOUT_NCHW (0) or WINNOW_LAYOUT_BLOCKED16 (1)");
  }
  options.layout = from.layout == WINNOW_LAYOUT_NCHW ? TensorLayout::kNchw : TensorLayout::kBlocked16;
  if (from.multiply < WINNOW_MULTIPLY_AUTO || from.multiply > WINNOW_MULTIPLY_DIRECT) {
    return Unknown("multiply", from.multiply, "WINNOW_MULTIPLY_AUTO (0), _DENSE (1), _SPARSE (2) or _DIRECT (3)");
  }
  if (from.multiply == WINNOW_MULTIPLY_DENSE) options.multiply = MultiplyKind::kDense;
  if (from.multiply == WINNOW_MULTIPLY_SPARSE) options.multiply = MultiplyKind::kSparse;
  if (from.multiply == WINNOW_MULTIPLY_DIRECT) options.multiply = MultiplyKind::kDirect;
  if (from.isa < WINNOW_ISA_AUTO || from.isa > WINNOW_ISA_AVX512) {
    return Unknown("isa", from.isa, "WINNOW_ISA_AUTO (0), _SCALAR (1), _AVX2 (2) or _AVX512 (3)");
  }
  if (from.isa != WINNOW_ISA_AUTO) options.isa = static_cast<Isa>(from.isa - WINNOW_ISA_SCALAR);
  return OkStatus();
}

}  // namespace

Status CheckStruct(const char* name, const void* bytes, size_t size, size_t first, size_t known) {
  if (size < first || size > kMaxStructBytes) {
    return InvalidArgument(std::string(name) + ".struct_size is " + std::to_string(size) +
                           ", of this library's header " + "it is " + std::to_string(known) +
                           "; set it to the size of the struct, as its _INIT does");
  }
  const auto* const members = static_cast<const unsigned char*>(bytes);
  for (size_t i = known; i < size; ++i) {
    if (members[i] == 0) continue;
    return FailedPrecondition(std::string(name) + " uses a member at byte " + std::to_string(i) + " that version " +
                              WINNOW_KERNELS_VERSION +
                              " of the library does not know; use a newer library, or leave 0");
  }
  return OkStatus();
}

Result<WinogradVariant> ReadVariant(int32_t variant) {
  if (variant == WINNOW_F2X2_3X3) return WinogradVariant::kF2K3;
  if (variant == WINNOW_F4X4_3X3) return WinogradVariant::kF4K3;
  return Err(InvalidArgument("the variant is " + std::to_string(variant) +
                             "; use WINNOW_F2X2_3X3 (2) or WINNOW_F4X4_3X3 (4)"));
}

Result<ConvPlanOptions> ReadOptions(const winnow_conv_options* given) {
  WINNOW_ASSIGN_OR_RETURN(const winnow_conv_options from, ReadStruct("winnow_conv_options", given, kFirstOptionsBytes));
  ConvPlanOptions options;
  options.shape = {from.batch, from.in_channels, from.out_channels, from.height, from.width, from.padding};
  WINNOW_ASSIGN_OR_RETURN(options.variant, ReadVariant(from.variant));
  WINNOW_RETURN_ERR_IF_ERROR(ReadChoices(from, options));
  options.threads = from.threads;
  if (from.residual != 0 && from.residual != 1) return Err(Unknown("residual", from.residual, "0 or 1"));
  if (from.relu != 0 && from.relu != 1) return Err(Unknown("relu", from.relu, "0 or 1"));
  if (from.reserved != 0) return Err(Unknown("reserved", from.reserved, "0"));
  options.residual = from.residual == 1;
  options.relu = from.relu == 1;
  return options;
}

Result<winnow_conv_buffers> ReadBuffers(const winnow_conv_buffers* buffers) {
  return ReadStruct("winnow_conv_buffers", buffers, kFirstBuffersBytes);
}

Status CheckFloats(const char* name, const float* pointer, size_t count) {
  if ((pointer == nullptr) != (count == 0)) {
    return InvalidArgument(std::string(name) + (pointer == nullptr ? " is NULL" : " is given") + ", but its count is " +
                           std::to_string(count));
  }
  const uintptr_t past = reinterpret_cast<uintptr_t>(pointer) % alignof(float);
  if (past != 0) {
    return InvalidArgument(std::string(name) + " begins " + std::to_string(past) +
                           " bytes past a multiple of 4; align it as floats are");
  }
  return OkStatus();
}

}  // namespace winnow::kernels
