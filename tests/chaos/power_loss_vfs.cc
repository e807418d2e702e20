// The layer below SQLite of a PowerLossDisk: everything goes to the real file, and writes and syncs are told besides.
#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <string>

#include "tests/chaos/power_loss_disk.h"

namespace winnow::chaos {
namespace {

std::atomic<PowerLossDisk*> the_disk{nullptr};

// SQLite gives each open file szOsFile bytes: ours first, the real file's behind.
struct ToldFile {
  sqlite3_file base;
  sqlite3_file* real;
  std::string* path;  // null for a temporary file, of which nothing is told
};
constexpr size_t kRealOffset = (sizeof(ToldFile) + 15) / 16 * 16;

sqlite3_vfs* RealVfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

ToldFile* Told(sqlite3_file* file) { return reinterpret_cast<ToldFile*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Told(file)->real; }

int Close(sqlite3_file* file) {
  delete Told(file)->path;
  Told(file)->path = nullptr;
  return Real(file)->pMethods != nullptr ? Real(file)->pMethods->xClose(Real(file)) : SQLITE_OK;
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const int outcome = Real(file)->pMethods->xWrite(Real(file), bytes, size, offset);
  if (outcome == SQLITE_OK && Told(file)->path != nullptr)
    the_disk.load()->Wrote(*Told(file)->path, offset, bytes, size);
  return outcome;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int outcome = Real(file)->pMethods->xTruncate(Real(file), size);
  if (outcome == SQLITE_OK && Told(file)->path != nullptr) the_disk.load()->Truncated(*Told(file)->path, size);
  return outcome;
}

// The real sync is left out: this machine's power does not fail.
int Sync(sqlite3_file* file, int) {
  if (Told(file)->path != nullptr) the_disk.load()->DatabaseSynced(*Told(file)->path);
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    3,
    Close,
    [](sqlite3_file* f, void* bytes, int size, sqlite3_int64 offset) {
      return Real(f)->pMethods->xRead(Real(f), bytes, size, offset);
    },
    Write,
    Truncate,
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
  auto* const told = new (file) ToldFile{};
  told->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kRealOffset);
  told->real->pMethods = nullptr;
  const int outcome = RealVfs()->xOpen(RealVfs(), name, told->real, flags, out_flags);
  if (outcome != SQLITE_OK) return outcome;
  if (name != nullptr) told->path = new std::string(name);
  told->base.pMethods = &kMethods;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs*, const char* name, int sync_folder) {
  const int outcome = RealVfs()->xDelete(RealVfs(), name, sync_folder);
  if (outcome == SQLITE_OK) the_disk.load()->Removed(name, sync_folder != 0);
  return outcome;
}

}  // namespace

const char* PowerLossVfs(PowerLossDisk* disk) {
  the_disk = disk;
  static sqlite3_vfs* const registered = [] {
    static sqlite3_vfs vfs = *RealVfs();
    vfs.zName = "winnow-power-loss";
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(kRealOffset) + RealVfs()->szOsFile;
    vfs.xOpen = Open;
    vfs.xDelete = Delete;
    sqlite3_vfs_register(&vfs, /*makeDflt=*/0);
    return &vfs;
  }();
  return registered->zName;
}

}  // namespace winnow::chaos
