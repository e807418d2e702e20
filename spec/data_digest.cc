#include "spec/data_digest.h"

#include <algorithm>

#include "base/sha256.h"
#include "spec/packed_file.h"

namespace winnow::spec {

Result<std::string> DataDigest(const std::filesystem::path& folder, std::vector<std::string> names) {
  if (names.empty()) return Err(InvalidArgument("a data digest needs at least one file"));
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) {
    Sha256 hash;
    WINNOW_RETURN_ERR_IF_ERROR(ReadPackedFile(folder / name, [&](std::string_view piece) { hash.Update(piece); }));
    text += hash.FinishHex() + "  " + name + "\n";
  }
  return Sha256Hex(text);
}

}  // namespace winnow::spec
