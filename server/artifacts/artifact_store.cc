#include "server/artifacts/artifact_store.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/sha256.h"
#include "server/artifacts/artifact_files.h"
#include "server/artifacts/artifact_reader_state.h"
#include "server/artifacts/artifact_writer_state.h"
#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

namespace fs = std::filesystem;

Status CheckDigest(const std::string& digest) {
  if (IsSha256Hex(digest)) return OkStatus();
  return InvalidArgument("\"" + digest.substr(0, 100) + "\" is no SHA-256 (64 lower-case hexadecimal digits)");
}

Status FromError(const std::error_code& error, const fs::path& path) {
  return ErrnoStatus(error.value(), "cannot read folder " + path.string());
}

// What uploads that a crash cut off left behind.
Status EmptyFolder(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;  // it stays in the way of nobody
    fs::remove_all(it->path(), ignored);
  }
  return error ? FromError(error, folder) : OkStatus();
}

}  // namespace

ArtifactStore::ArtifactStore(std::shared_ptr<ArtifactFiles> files) : files_(std::move(files)) {}
ArtifactStore::~ArtifactStore() = default;

Result<std::unique_ptr<ArtifactStore>> ArtifactStore::Open(const fs::path& folder, const Clock* clock) {
  auto files = std::make_shared<ArtifactFiles>(folder, clock);
  for (const fs::path& part : {files->named_folder(), files->temporary_folder()}) {
    WINNOW_RETURN_ERR_IF_ERROR(WithRemedy(MakeFolder(part), folder));
  }
  // The names of the folders, up to the data folder's.
  WINNOW_RETURN_ERR_IF_ERROR(SyncFolder(folder));
  WINNOW_RETURN_ERR_IF_ERROR(SyncFolder(files->named_folder().parent_path()));
  WINNOW_RETURN_ERR_IF_ERROR(EmptyFolder(files->temporary_folder()));
  return std::unique_ptr<ArtifactStore>(new ArtifactStore(std::move(files)));
}

Result<int64_t> ArtifactStore::Size(const std::string& digest) const {
  WINNOW_RETURN_ERR_IF_ERROR(CheckDigest(digest));
  const fs::path path = files_->PathOf(digest);
  struct stat entry;
  if (::stat(path.c_str(), &entry) == 0) return static_cast<int64_t>(entry.st_size);
  if (errno == ENOENT) return Err(NotFound(ArtifactName(digest) + " is not there"));
  return Err(ErrnoStatus(errno, "cannot look at " + path.string()));
}

Result<ArtifactWriter> ArtifactStore::StartWrite(const std::string& digest, int64_t size) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckDigest(digest));
  if (size < 0) return Err(InvalidArgument(ArtifactName(digest) + ": a size of " + std::to_string(size) + " bytes"));
  return ArtifactWriter::State::Start(files_, digest, size);
}

Result<ArtifactReader> ArtifactStore::OpenRead(const std::string& digest) const {
  WINNOW_RETURN_ERR_IF_ERROR(CheckDigest(digest));
  return ArtifactReader::State::Open(files_->PathOf(digest), digest);
}

Status ArtifactStore::Check(const std::string& digest) const {
  constexpr size_t kPieceBytes = size_t{1} << 20;
  WINNOW_ASSIGN_OR_RETURN_STATUS(ArtifactReader reader, OpenRead(digest));
  while (true) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string piece, reader.Next(kPieceBytes));
    if (piece.empty()) return OkStatus();
  }
}

Result<bool> ArtifactStore::Remove(const std::string& digest, WallTime uploaded_before) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckDigest(digest));
  WINNOW_ASSIGN_OR_RETURN(const int64_t removed, files_->RemoveIfIdle(digest, uploaded_before));
  return removed >= 0;
}

Result<GarbageReport> ArtifactStore::CollectGarbage(const std::function<bool(const std::string& digest)>& is_live,
                                                    WallTime uploaded_before) {
  GarbageReport report;
  std::error_code error;
  fs::recursive_directory_iterator it(files_->named_folder(), error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    const std::string digest = ArtifactFiles::DigestOf(it->path());
    if (digest.empty()) continue;
    if (is_live(digest)) {
      ++report.kept;
      continue;
    }
    WINNOW_ASSIGN_OR_RETURN(const int64_t removed, files_->RemoveIfIdle(digest, uploaded_before));
    if (removed < 0) {
      ++report.kept;
    } else {
      ++report.removed;
      report.removed_bytes += removed;
    }
  }
  if (error) return Err(FromError(error, files_->named_folder()));
  return report;
}

}  // namespace winnow::server
