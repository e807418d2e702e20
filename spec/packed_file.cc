#include "spec/packed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/unique_fd.h"

#ifdef WINNOW_HAVE_ZLIB
#include <zlib.h>
#endif

namespace winnow::spec {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 18;

using Take = std::function<Status(std::string_view)>;

// Calls `take` with the file's bytes as they lie on disk.
Status ReadPieces(const std::filesystem::path& path, const Take& take) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open " + path.string());
  std::vector<char> piece(kPieceBytes);
  while (true) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "cannot read " + path.string());
    if (got == 0) return OkStatus();
    WINNOW_RETURN_IF_ERROR(take(std::string_view(piece.data(), static_cast<size_t>(got))));
  }
}

#ifdef WINNOW_HAVE_ZLIB

Status Damaged(const std::filesystem::path& path, std::string_view what) {
  return DataLoss(path.string() + ": damaged gzip file (" + std::string(what) + "); fetch it again");
}

// Unpacks one or more gzip members that come piece by piece. zlib checks each member's CRC and length.
class Unpacker {
 public:
  explicit Unpacker(const std::filesystem::path& path) : path_(path), out_(kPieceBytes) {}
  ~Unpacker() {
    if (open_) inflateEnd(&stream_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  Status Feed(std::string_view packed, const Take& take) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    // A full output piece means that zlib may hold back more, so ask again even without input.
    bool more = stream_.avail_in > 0;
    while (more) {
      if (!open_) WINNOW_RETURN_IF_ERROR(Open());
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int rc = inflate(&stream_, Z_NO_FLUSH);
      if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
        return Damaged(path_, stream_.msg != nullptr ? stream_.msg : "not gzip");
      }
      WINNOW_RETURN_IF_ERROR(take(std::string_view(out_.data(), out_.size() - stream_.avail_out)));
      const bool full = stream_.avail_out == 0;
      if (rc == Z_STREAM_END) Close();
      more = stream_.avail_in > 0 || (open_ && full);
    }
    return OkStatus();
  }

  Status Finish() const {
    if (members_ == 0 || open_) return Damaged(path_, "truncated");
    return OkStatus();
  }

 private:
  Status Open() {
    const z_const Bytef* in = stream_.next_in;
    const uInt left = stream_.avail_in;
    stream_ = z_stream{};
    if (inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) return Internal("zlib could not start (out of memory)");
    stream_.next_in = const_cast<Bytef*>(in);
    stream_.avail_in = left;
    open_ = true;
    return OkStatus();
  }
  void Close() {
    inflateEnd(&stream_);
    open_ = false;
    ++members_;
  }

  const std::filesystem::path path_;
  std::vector<char> out_;
  z_stream stream_{};
  bool open_ = false;
  int members_ = 0;
};

Status ReadGzip(const std::filesystem::path& path, const Take& take) {
  Unpacker unpacker(path);
  WINNOW_RETURN_IF_ERROR(ReadPieces(path, [&](std::string_view piece) { return unpacker.Feed(piece, take); }));
  return unpacker.Finish();
}

#else

Status ReadGzip(const std::filesystem::path& path, const Take&) {
  return Unimplemented(path.string() + ": this program was built without zlib; unpack the file with gunzip");
}

#endif  // WINNOW_HAVE_ZLIB

Status Read(const std::filesystem::path& path, const Take& take) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::filesystem::path found, FindPackedFile(path));
  return found == path ? ReadPieces(found, take) : ReadGzip(found, take);
}

}  // namespace

Result<std::filesystem::path> FindPackedFile(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) return path;
  std::filesystem::path packed = path;
  packed += ".gz";
  if (std::filesystem::is_regular_file(packed, ignored)) return packed;
  return Err(NotFound("no file " + path.string() + " and no " + packed.string()));
}

Status ReadPackedFile(const std::filesystem::path& path, const std::function<void(std::string_view)>& take) {
  return Read(path, [&](std::string_view piece) {
    take(piece);
    return OkStatus();
  });
}

Result<std::string> ReadPackedFile(const std::filesystem::path& path, size_t max_bytes) {
  std::string content;
  WINNOW_RETURN_ERR_IF_ERROR(Read(path, [&](std::string_view piece) {
    if (piece.size() > max_bytes - content.size()) {
      return ResourceExhausted(path.string() + ": content is over the limit of " + std::to_string(max_bytes) +
                               " bytes");
    }
    content.append(piece);
    return OkStatus();
  }));
  return content;
}

}  // namespace winnow::spec
