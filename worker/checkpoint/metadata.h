// Numbers in the metadata of a safetensors file, where everything is a string.
#ifndef WORKER_CHECKPOINT_METADATA_H_
#define WORKER_CHECKPOINT_METADATA_H_

#include <charconv>
#include <string>
#include <string_view>

#include "base/result.h"
#include "worker/checkpoint/safetensors.h"

namespace winnow::worker {

// Shortest text that reads back as the same number, whatever the locale.
inline std::string NumberText(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return std::string(text, end);
}

// kInvalidArgument, with the file's name, where the member is missing or no number.
template <typename Number>
Status ReadNumber(const SafetensorsFile& file, const std::string& key, Number& value) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    return InvalidArgument(file.name() + ": its metadata lacks \"" + key + "\"; is it a file that winnow wrote?");
  }
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return OkStatus();
  return InvalidArgument(file.name() + ": its metadata \"" + key + "\" is \"" + text + "\", not a number");
}

}  // namespace winnow::worker

#endif  // WORKER_CHECKPOINT_METADATA_H_
