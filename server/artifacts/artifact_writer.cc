#include "server/artifacts/artifact_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/durable_file.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "server/artifacts/artifact_writer_state.h"
#include "server/domain/resource_name.h"

namespace winnow::server {

ArtifactWriter::State::~State() {
  if (!temporary.empty()) ::unlink(temporary.c_str());
}

ArtifactWriter::ArtifactWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArtifactWriter::~ArtifactWriter() = default;
ArtifactWriter::ArtifactWriter(ArtifactWriter&&) noexcept = default;
ArtifactWriter& ArtifactWriter::operator=(ArtifactWriter&&) noexcept = default;

Result<ArtifactWriter> ArtifactWriter::State::Start(std::shared_ptr<ArtifactFiles> files, const std::string& digest,
                                                    int64_t size) {
  auto state = std::make_unique<State>();
  state->digest = digest;
  state->size = size;
  WINNOW_ASSIGN_OR_RETURN(state->already_there, files->MarkUploaded(digest, size));
  state->files = std::move(files);
  if (state->already_there) return ArtifactWriter(std::move(state));

  const std::filesystem::path& folder = state->files->temporary_folder();
  const std::filesystem::path path = folder / (digest.substr(0, 16) + "-" + RandomHex(8));
  state->fd.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!state->fd.valid()) return Err(WithRemedy(ErrnoStatus(errno, "cannot create " + path.string()), folder));
  state->temporary = path;
  // Finds out now rather than after minutes that the disk is too full. Not every file system can.
  if (size > 0 && ::fallocate(state->fd.get(), 0, 0, size) != 0) {
    const Status full = ErrnoStatus(
        errno, "no room for " + ArtifactName(digest) + " (" + std::to_string(size) + " bytes) in " + folder.string());
    if (full.code() == StatusCode::kResourceExhausted) return Err(WithRemedy(full, folder));
  }
  return ArtifactWriter(std::move(state));
}

bool ArtifactWriter::already_there() const { return state_->already_there; }

Status ArtifactWriter::Append(std::string_view bytes) {
  State& state = *state_;
  if (state.already_there || !state.status.ok()) return state.status;
  if (static_cast<int64_t>(bytes.size()) > state.size - state.written) {
    state.status = InvalidArgument(ArtifactName(state.digest) + ": more than the " + std::to_string(state.size) +
                                   " bytes that were announced came; nothing was kept");
    return state.status;
  }
  state.hash.Update(bytes);
  state.written += static_cast<int64_t>(bytes.size());
  state.status = WithRemedy(WriteAll(state.fd.get(), bytes, state.temporary.string()), state.files->temporary_folder());
  return state.status;
}

Status ArtifactWriter::State::Check() {
  WINNOW_RETURN_IF_ERROR(status);
  if (written != size) {
    return InvalidArgument(ArtifactName(digest) + ": " + std::to_string(size) + " bytes were announced and " +
                           std::to_string(written) + " came; nothing was kept");
  }
  if (const std::string found = hash.FinishHex(); found != digest) {
    return InvalidArgument(ArtifactName(digest) + ": the bytes that came have the digest " + found +
                           "; nothing was kept, send them again");
  }
  return OkStatus();
}

Status ArtifactWriter::Finish() {
  State& state = *state_;
  if (state.already_there) return OkStatus();
  if (state.finished) return FailedPrecondition(ArtifactName(state.digest) + " has been finished already");
  state.finished = true;
  state.status = state.Check();
  WINNOW_FAILPOINT("checkpoint.before_sync");
  if (state.status.ok()) state.status = WithRemedy(SyncFile(state.fd.get(), state.temporary), state.temporary);
  WINNOW_FAILPOINT("checkpoint.after_sync");
  if (state.status.ok()) {
    WINNOW_FAILPOINT("artifact.before_rename");
    state.status = WithRemedy(state.files->Name(state.temporary, state.digest), state.files->named_folder());
    WINNOW_FAILPOINT("artifact.after_rename");
  }
  state.fd.reset();
  if (state.status.ok()) state.temporary.clear();  // it has its name now
  return state.status;
}

}  // namespace winnow::server
