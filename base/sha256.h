// SHA-256, the name of every artifact and stage.
#ifndef BASE_SHA256_H_
#define BASE_SHA256_H_

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace winnow {

// Hashes bytes as they come. One use: Update any number of times, then FinishHex once.
// Threads: one at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(const void* bytes, size_t size);
  void Update(std::string_view bytes) { Update(bytes.data(), bytes.size()); }

  // 64 lower-case hexadecimal digits.
  std::string FinishHex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// The digest of a file's content. kNotFound, kPermissionDenied, kInternal as ErrnoStatus gives them.
Result<std::string> Sha256File(const std::filesystem::path& path);

// True for 64 lower-case hexadecimal digits.
bool IsSha256Hex(std::string_view text);

}  // namespace winnow

#endif  // BASE_SHA256_H_
