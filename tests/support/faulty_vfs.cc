#include "tests/support/faulty_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace winnow::testing {
namespace {

std::atomic<VfsFault> current_fault{VfsFault::kNone};

// SQLite gives each open file szOsFile bytes: ours first, the real file's behind.
struct FaultyFile {
  sqlite3_file base;
  sqlite3_file* real;
};
constexpr size_t kRealOffset = (sizeof(FaultyFile) + 15) / 16 * 16;

sqlite3_vfs* RealVfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real; }

int WriteFault() {
  switch (current_fault.load()) {
    case VfsFault::kWritesFindNoSpace:
      return SQLITE_FULL;
    case VfsFault::kWritesAreRefused:
      return SQLITE_READONLY;
    default:
      return SQLITE_OK;
  }
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  if (const int fault = WriteFault(); fault != SQLITE_OK) return fault;
  return Real(file)->pMethods->xWrite(Real(file), bytes, size, offset);
}

int Sync(sqlite3_file* file, int flags) {
  if (current_fault == VfsFault::kSyncsFail) return SQLITE_IOERR_FSYNC;
  return Real(file)->pMethods->xSync(Real(file), flags);
}

// Everything else goes to the real file.
const sqlite3_io_methods kMethods = {
    3,
    [](sqlite3_file* f) { return Real(f)->pMethods != nullptr ? Real(f)->pMethods->xClose(Real(f)) : SQLITE_OK; },
    [](sqlite3_file* f, void* bytes, int size, sqlite3_int64 offset) {
      return Real(f)->pMethods->xRead(Real(f), bytes, size, offset);
    },
    Write,
    [](sqlite3_file* f, sqlite3_int64 size) { return Real(f)->pMethods->xTruncate(Real(f), size); },
    Sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return Real(f)->pMethods->xFileSize(Real(f), size); },
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xLock(Real(f), level); },
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xUnlock(Real(f), level); },
    [](sqlite3_file* f, int* result) { return Real(f)->pMethods->xCheckReservedLock(Real(f), result); },
    [](sqlite3_file* f, int op, void* argument) { return Real(f)->pMethods->xFileControl(Real(f), op, argument); },
    [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); },
    [](sqlite3_file* f) { return Real(f)->pMethods->xDeviceCharacteristics(Real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
      return Real(f)->pMethods->xShmLock(Real(f), offset, n, flags);
    },
    [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); },
    [](sqlite3_file* f, int erase) { return Real(f)->pMethods->xShmUnmap(Real(f), erase); },
    // No memory mapping: writes would go past us.
    [](sqlite3_file*, sqlite3_int64, int, void** out) {
      *out = nullptr;
      return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* const faulty = new (file) FaultyFile{};
  faulty->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kRealOffset);
  faulty->real->pMethods = nullptr;
  const int outcome = RealVfs()->xOpen(RealVfs(), name, faulty->real, flags, out_flags);
  if (outcome == SQLITE_OK) faulty->base.pMethods = &kMethods;
  return outcome;
}

}  // namespace

const char* FaultyVfsName() {
  static sqlite3_vfs* const registered = [] {
    static sqlite3_vfs vfs = *RealVfs();
    vfs.zName = "winnow-faulty";
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(kRealOffset) + RealVfs()->szOsFile;
    vfs.xOpen = Open;
    sqlite3_vfs_register(&vfs, /*makeDflt=*/0);
    return &vfs;
  }();
  return registered->zName;
}

void SetVfsFault(VfsFault fault) { current_fault = fault; }

}  // namespace winnow::testing
