#include "server/artifacts/artifact_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "server/artifacts/artifact_reader_state.h"
#include "server/domain/resource_name.h"

namespace winnow::server {

ArtifactReader::ArtifactReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArtifactReader::~ArtifactReader() = default;
ArtifactReader::ArtifactReader(ArtifactReader&&) noexcept = default;
ArtifactReader& ArtifactReader::operator=(ArtifactReader&&) noexcept = default;

Result<ArtifactReader> ArtifactReader::State::Open(const std::filesystem::path& path, const std::string& digest) {
  auto state = std::make_unique<State>();
  state->digest = digest;
  state->path = path;
  state->fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!state->fd.valid()) {
    if (errno == ENOENT) return Err(NotFound(ArtifactName(digest) + " is not there"));
    return Err(ErrnoStatus(errno, "cannot open " + path.string()));
  }
  struct stat entry;
  if (::fstat(state->fd.get(), &entry) != 0) return Err(ErrnoStatus(errno, "cannot look at " + path.string()));
  state->size = static_cast<int64_t>(entry.st_size);
  return ArtifactReader(std::move(state));
}

int64_t ArtifactReader::size() const { return state_->size; }

Status ArtifactReader::State::Damaged(const std::string& what) const {
  return DataLoss(ArtifactName(digest) + " is damaged: " + what + " in " + path.string() +
                  "; remove the file and run the stage that made it again");
}

Result<std::string> ArtifactReader::State::ReadPiece(size_t max_bytes) {
  std::string piece(static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(max_bytes), size - done)), '\0');
  size_t filled = 0;
  while (filled < piece.size()) {
    const ssize_t n = ::read(fd.get(), piece.data() + filled, piece.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Err(ErrnoStatus(errno, "cannot read " + path.string()));
    if (n == 0)
      return Err(Damaged("its end comes after " + std::to_string(done) + " of " + std::to_string(size) + " bytes"));
    filled += static_cast<size_t>(n);
  }
  hash.Update(piece);
  done += static_cast<int64_t>(piece.size());
  return piece;
}

Result<std::string> ArtifactReader::Next(size_t max_bytes) {
  State& state = *state_;
  if (!state.status.ok()) return Err(state.status);
  if (state.checked) return std::string();
  Result<std::string> piece = state.ReadPiece(std::max<size_t>(max_bytes, 1));
  if (!piece) {
    state.status = piece.error();
    return piece;
  }
  if (state.done == state.size) {
    state.checked = true;
    if (const std::string found = state.hash.FinishHex(); found != state.digest) {
      state.status = state.Damaged("the digest " + found);
      return Err(state.status);
    }
  }
  return piece;
}

}  // namespace winnow::server
