// Which kernels were fastest where, kept in a small text file (docs/formats.md section 12).
#ifndef KERNELS_TUNING_TUNING_MEMORY_H_
#define KERNELS_TUNING_TUNING_MEMORY_H_

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kernels/tuning/kernel_choice.h"

namespace winnow::kernels {

// What a choice holds for.
struct TuningKey {
  std::string machine;  // a fingerprint, as the caller takes it: 1 to 256 printable characters without a space
  Isa isa = Isa::kScalar;
  WinogradVariant variant = WinogradVariant::kF4K3;
  ConvShape shape;
  TensorLayout layout = TensorLayout::kNchw;
  int threads = 1;
  bool residual = false;
  bool relu = false;
  int density_percent = 0;  // in steps of kDensityStep: filters that differ by less share a choice

  static constexpr int kDensityStep = 5;

  // `density`: kept coefficients of all, rounded to the nearest step.
  static TuningKey Of(std::string machine, const ConvPlanOptions& options, Isa isa, double density);

  // The first columns of a line of the file.
  std::string ToText() const;
};

// kInvalidArgument unless TuningKey takes `machine`.
Status CheckTuningMachine(std::string_view machine);

// Choices by key.
//
// Threads  a value: const use from several is safe.
class TuningMemory {
 public:
  static constexpr int kVersion = 1;

  // Reads a whole file's text. `name` stands for it in messages.
  //
  // kFailedPrecondition  another version of the format
  // kDataLoss            anything else that ToText() does not write; names the line
  static Result<TuningMemory> Parse(std::string_view text, std::string_view name);

  // Equal memories are equal texts.
  std::string ToText() const;

  std::optional<KernelChoice> Find(const TuningKey& key) const;
  void Remember(const TuningKey& key, const KernelChoice& choice);
  void Merge(const TuningMemory& newer);  // where both know a key, `newer` counts
  bool empty() const { return choices_.empty(); }

 private:
  std::map<std::string, KernelChoice> choices_;  // by TuningKey::ToText()
};

// What the file holds; nothing where there is no file. Errors of Parse(), and ErrnoStatus() of a file that cannot be
// read.
Result<TuningMemory> ReadTuningFile(const std::filesystem::path& path);

// Reads the file again, merges `additions` and replaces it. Makes the folder where there is none.
//
// Durability  as ReplaceFile(): the file is the old one or the new one at any moment.
// Processes   Of two that add at once the last one wins: what the other added in between is lost, and tuned again when
//             it is needed next. Nothing else can be lost.
// Errors      of ReadTuningFile(): a file that cannot be read is not overwritten, for a newer Winnow may have written
//             it; ErrnoStatus() of what cannot be written.
Status AddToTuningFile(const std::filesystem::path& path, const TuningMemory& additions);

}  // namespace winnow::kernels

#endif  // KERNELS_TUNING_TUNING_MEMORY_H_
