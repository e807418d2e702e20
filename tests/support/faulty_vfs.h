// A file system layer for SQLite that fails when a test says so: full disk, failing sync, read-only.
#ifndef TESTS_SUPPORT_FAULTY_VFS_H_
#define TESTS_SUPPORT_FAULTY_VFS_H_

namespace winnow::testing {

// SQLite's name of it, for SqliteStoreOptions::vfs. Registered with the first call; lives as long as the program.
const char* FaultyVfsName();

// What fails from now on, in every file of every database opened through it.
enum class VfsFault {
  kNone,
  kWritesFindNoSpace,  // SQLITE_FULL, as for ENOSPC
  kSyncsFail,          // SQLITE_IOERR_FSYNC, as for EIO
  kWritesAreRefused,   // SQLITE_READONLY, as for a file system that has become read-only
};
void SetVfsFault(VfsFault fault);

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_FAULTY_VFS_H_
