// Pieces that the JSON of several commands shares.
#ifndef CLIENT_CLI_JSON_PIECE_H_
#define CLIENT_CLI_JSON_PIECE_H_

#include <string>

#include "client/cli/number_text.h"
#include "client/cli/output_format.h"
#include "google/protobuf/timestamp.pb.h"

namespace winnow::cli {

// RFC 3339, or null where the time is unset.
inline OutputJson TimeJson(const google::protobuf::Timestamp& time) {
  return time.seconds() == 0 ? OutputJson(nullptr) : OutputJson(Rfc3339(time.seconds()));
}

// JSON that the coordinator keeps as text; null where it is empty or no JSON.
inline OutputJson EmbeddedJson(const std::string& text) {
  OutputJson json = text.empty() ? OutputJson(nullptr) : OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? OutputJson(nullptr) : json;
}

}  // namespace winnow::cli

#endif  // CLIENT_CLI_JSON_PIECE_H_
