#include "worker/stage/file_digest.h"

#ifdef WINNOW_WITH_OPENSSL
#include "base/sha256.h"
#endif

namespace winnow::worker {

Status CheckFileDigest(const std::filesystem::path& path, const std::string& expected) {
#ifdef WINNOW_WITH_OPENSSL
  if (expected.empty()) return OkStatus();
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string found, Sha256File(path));
  if (found == expected) return OkStatus();
  return DataLoss(path.string() + " has the SHA-256 " + found + ", expected " + expected +
                  "; fetch the file again from where it came from");
#else
  return OkStatus();
#endif
}

}  // namespace winnow::worker
