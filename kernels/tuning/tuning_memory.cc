#include "kernels/tuning/tuning_memory.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "kernels/filter/replace_file.h"
#include "kernels/plan/blocking.h"

namespace winnow::kernels {
namespace {

constexpr std::string_view kMagic = "winnow-kernel-tuning ";
constexpr std::string_view kColumns =
    "# machine isa variant batch in_channels out_channels height width padding layout threads residual relu "
    "density_percent multiply vectors panel_bytes";
constexpr size_t kColumnCount = 17;
constexpr std::string_view kNone = "-";  // panel_bytes of a dense choice
constexpr size_t kMaxMachine = 256;

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// The columns of one line, from the left.
class LineReader {
 public:
  explicit LineReader(std::vector<std::string_view> columns) : columns_(std::move(columns)) {}

  std::string_view Word() { return columns_[next_++]; }

  Result<int64_t> Number(const char* name) {
    const std::string_view word = Word();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error == std::errc() && end == word.data() + word.size()) return value;
    return Err(DataLoss(std::string(name) + " is \"" + std::string(word) + "\", not a whole number"));
  }

  Result<int> SmallNumber(const char* name, int low, int high) {
    WINNOW_ASSIGN_OR_RETURN(const int64_t value, Number(name));
    if (value >= low && value <= high) return static_cast<int>(value);
    return Err(DataLoss(std::string(name) + " is " + std::to_string(value) + ", not " + std::to_string(low) + " to " +
                        std::to_string(high)));
  }

 private:
  std::vector<std::string_view> columns_;
  size_t next_ = 0;
};

Result<TensorLayout> ParseLayout(std::string_view word) {
  for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
    if (word == TensorLayoutName(layout)) return layout;
  }
  return Err(DataLoss("layout is \"" + std::string(word) + "\", not nchw or blocked16"));
}

Result<MultiplyKind> ParseMultiply(std::string_view word) {
  for (const MultiplyKind kind : {MultiplyKind::kDense, MultiplyKind::kSparse}) {
    if (word == MultiplyKindName(kind)) return kind;
  }
  return Err(DataLoss("multiply is \"" + std::string(word) + "\", not dense or sparse"));
}

Status ReadShape(LineReader& line, ConvShape& shape) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(shape.batch, line.Number("batch"));
  WINNOW_ASSIGN_OR_RETURN_STATUS(shape.in_channels, line.Number("in_channels"));
  WINNOW_ASSIGN_OR_RETURN_STATUS(shape.out_channels, line.Number("out_channels"));
  WINNOW_ASSIGN_OR_RETURN_STATUS(shape.height, line.Number("height"));
  WINNOW_ASSIGN_OR_RETURN_STATUS(shape.width, line.Number("width"));
  WINNOW_ASSIGN_OR_RETURN_STATUS(shape.padding, line.Number("padding"));
  return shape.Validate();
}

Status ReadKey(LineReader& line, TuningKey& key) {
  key.machine = line.Word();
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.isa, ParseIsa(line.Word()));
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.variant, ParseVariant(line.Word()));
  WINNOW_RETURN_IF_ERROR(ReadShape(line, key.shape));
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.layout, ParseLayout(line.Word()));
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.threads, line.SmallNumber("threads", 1, 4096));
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.residual, line.SmallNumber("residual", 0, 1));
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.relu, line.SmallNumber("relu", 0, 1));
  WINNOW_ASSIGN_OR_RETURN_STATUS(key.density_percent, line.SmallNumber("density_percent", 0, 100));
  if (key.density_percent % TuningKey::kDensityStep != 0) {
    return DataLoss("density_percent is " + std::to_string(key.density_percent) + ", not a multiple of " +
                    std::to_string(TuningKey::kDensityStep));
  }
  return OkStatus();
}

// Of a key, such that a plan takes it.
Status ReadChoice(LineReader& line, const TuningKey& key, KernelChoice& choice) {
  WINNOW_ASSIGN_OR_RETURN_STATUS(choice.multiply, ParseMultiply(line.Word()));
  WINNOW_ASSIGN_OR_RETURN_STATUS(choice.tuning.vectors, line.SmallNumber("vectors", 1, 1 << 20));
  if (choice.multiply == MultiplyKind::kSparse) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(choice.tuning.panel_bytes, line.Number("panel_bytes"));
  } else if (line.Word() != kNone) {
    return DataLoss("a dense choice has panel_bytes; it takes -");
  }
  return CheckTuning({.shape = key.shape, .layout = key.layout, .tuning = choice.tuning}, key.isa, choice.multiply);
}

Status ReadLine(std::string_view text, TuningKey& key, KernelChoice& choice) {
  std::vector<std::string_view> columns = Split(text, ' ');
  if (columns.size() != kColumnCount) {
    return DataLoss("it has " + std::to_string(columns.size()) + " columns, not " + std::to_string(kColumnCount));
  }
  LineReader line(std::move(columns));
  WINNOW_RETURN_IF_ERROR(ReadKey(line, key));
  return ReadChoice(line, key, choice);
}

std::string ChoiceText(const KernelChoice& choice) {
  std::string text(MultiplyKindName(choice.multiply));
  text.append(" ").append(std::to_string(choice.tuning.vectors.value_or(1))).append(" ");
  return text.append(choice.tuning.panel_bytes ? std::to_string(*choice.tuning.panel_bytes) : std::string(kNone));
}

}  // namespace

TuningKey TuningKey::Of(std::string machine, const ConvPlanOptions& options, Isa isa, double density) {
  TuningKey key{std::move(machine), isa, options.variant, options.shape, options.layout, options.threads};
  key.residual = options.residual;
  key.relu = options.relu;
  key.density_percent = static_cast<int>(std::lround(density * 100 / kDensityStep)) * kDensityStep;
  return key;
}

std::string TuningKey::ToText() const {
  std::string text = machine;
  text.append(" ").append(IsaName(isa));
  text.append(variant == WinogradVariant::kF2K3 ? " F2" : " F4");
  for (const int64_t size :
       {shape.batch, shape.in_channels, shape.out_channels, shape.height, shape.width, shape.padding}) {
    text.append(" ").append(std::to_string(size));
  }
  text.append(" ").append(TensorLayoutName(layout));
  for (const int value : {threads, residual ? 1 : 0, relu ? 1 : 0, density_percent}) {
    text.append(" ").append(std::to_string(value));
  }
  return text;
}

Result<TuningMemory> TuningMemory::Parse(std::string_view text, std::string_view name) {
  const std::string remedy = "; remove the file, and layers are tuned anew";
  std::vector<std::string_view> lines = Split(text, '\n');
  const auto fault = [&](size_t line, const std::string& what) {
    return Err(DataLoss(std::string(name) + ", line " + std::to_string(line + 1) + ": " + what + remedy));
  };
  if (!lines[0].starts_with(kMagic)) return fault(0, "this is no tuning file");
  if (lines[0].substr(kMagic.size()) != std::to_string(kVersion)) {
    return Err(FailedPrecondition(std::string(name) + " is of version " + std::string(lines[0].substr(kMagic.size())) +
                                  ", this program reads version " + std::to_string(kVersion) + remedy));
  }
  if (!lines.back().empty()) return fault(lines.size() - 1, "the file ends within a line");
  lines.pop_back();
  if (lines.size() < 2 || lines[1] != kColumns) return fault(1, "the line of columns is missing");
  TuningMemory memory;
  for (size_t i = 2; i < lines.size(); ++i) {
    TuningKey key;
    KernelChoice choice;
    if (const Status status = ReadLine(lines[i], key, choice); !status.ok()) return fault(i, status.message());
    if (key.ToText() + " " + ChoiceText(choice) != lines[i]) return fault(i, "it is not written as Winnow does");
    if (!memory.choices_.emplace(key.ToText(), choice).second) return fault(i, "an earlier line is of the same layer");
  }
  return memory;
}

std::string TuningMemory::ToText() const {
  std::string text(kMagic);
  text.append(std::to_string(kVersion)).append("\n").append(kColumns).append("\n");
  for (const auto& [key, choice] : choices_) text.append(key).append(" ").append(ChoiceText(choice)).append("\n");
  return text;
}

std::optional<KernelChoice> TuningMemory::Find(const TuningKey& key) const {
  const auto found = choices_.find(key.ToText());
  return found == choices_.end() ? std::nullopt : std::optional(found->second);
}

void TuningMemory::Remember(const TuningKey& key, const KernelChoice& choice) {
  choices_.insert_or_assign(key.ToText(), choice);
}

void TuningMemory::Merge(const TuningMemory& newer) {
  for (const auto& [key, choice] : newer.choices_) choices_.insert_or_assign(key, choice);
}

Status CheckTuningMachine(std::string_view machine) {
  const bool printable = std::all_of(machine.begin(), machine.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!machine.empty() && machine.size() <= kMaxMachine && printable && machine[0] != '#') return OkStatus();
  return InvalidArgument("tuning: the machine's fingerprint is \"" + std::string(machine.substr(0, kMaxMachine)) +
                         "\"; use 1 to " + std::to_string(kMaxMachine) + " printable characters without a space");
}

Result<TuningMemory> ReadTuningFile(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file && errno == ENOENT) return TuningMemory();
  if (!file) return Err(ErrnoStatus(errno, "cannot read " + path.string()));
  std::string text;
  char part[16384];
  for (size_t n = 0; (n = std::fread(part, 1, sizeof part, file.get())) > 0;) text.append(part, n);
  if (std::ferror(file.get()) != 0) return Err(ErrnoStatus(errno, "cannot read " + path.string()));
  return TuningMemory::Parse(text, path.string());
}

Status AddToTuningFile(const std::filesystem::path& path, const TuningMemory& additions) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return ErrnoStatus(error.value(), "cannot make the folder of " + path.string());
  WINNOW_ASSIGN_OR_RETURN_STATUS(TuningMemory memory, ReadTuningFile(path));
  memory.Merge(additions);
  const std::string text = memory.ToText();
  return ReplaceFile(path, std::as_bytes(std::span(text)));
}

}  // namespace winnow::kernels
