// Gets a changed packed filter file past its checksum, so that what comes behind it is tested.
#ifndef TESTS_SUPPORT_REPAIR_PACKED_FILE_H_
#define TESTS_SUPPORT_REPAIR_PACKED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "kernels/filter/packed_file_header.h"
#include "kernels/filter/xxh64.h"

namespace winnow::kernels {

// Nothing where there is no room for a checksum.
inline void RepairChecksum(std::span<std::byte> file) {
  if (file.size() < kChecksummedFrom) return;
  const uint64_t checksum = Xxh64(file.subspan(kChecksummedFrom));
  std::memcpy(file.data() + offsetof(PackedFileHeader, checksum), &checksum, sizeof checksum);
}

}  // namespace winnow::kernels

#endif  // TESTS_SUPPORT_REPAIR_PACKED_FILE_H_
