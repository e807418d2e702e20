// A list, piece by piece.
#ifndef SERVER_STORE_PAGE_H_
#define SERVER_STORE_PAGE_H_

#include <string>
#include <vector>

#include "base/result.h"

namespace winnow::server {

struct PageRequest {
  int size = 0;       // at most so many; 0 means 100, more than 1000 counts as 1000, negative is refused
  std::string token;  // next_token of the page before; "" for the first
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_token;  // "" at the end
};

// The size that counts. kInvalidArgument: negative.
Result<int> EffectivePageSize(int requested);

// Where a list goes on. A token is opaque to clients and good only for the list it came from.
struct PagePosition {
  int64_t revision = 0;  // rows created after it are not shown, so that a list does not shift under the reader
  int64_t number = 0;    // of the last row shown, and what tells rows of the same number apart
  std::string text;

  friend bool operator==(const PagePosition&, const PagePosition&) = default;
};

// `list` names the list and its arguments: "stages of sweeps/fashion".
std::string MakePageToken(const std::string& list, const PagePosition& position);

// kInvalidArgument: no token of ours, or one of another list.
Result<PagePosition> ParsePageToken(const std::string& list, const std::string& token);

}  // namespace winnow::server

#endif  // SERVER_STORE_PAGE_H_
