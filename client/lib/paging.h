// Whole lists from paged calls.
#ifndef CLIENT_LIB_PAGING_H_
#define CLIENT_LIB_PAGING_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace winnow::client {

inline constexpr size_t kLargestPage = 1000;  // sweep.proto

// Calls `page(request)` (Result<Response>) with one page token after the other and hands each response to
// `take(response)`, which returns how many items it took, until the end or until `most` (0: no bound) items are taken.
// kInternal where a server hands out the same token twice in a row, which would never end.
template <typename Request, typename Page, typename Take>
Status ForEachPage(Request request, size_t most, Page page, Take take) {
  size_t taken = 0;
  while (true) {
    request.set_page_size(static_cast<int>(most == 0 ? kLargestPage : std::min(kLargestPage, most - taken)));
    auto response = page(request);
    if (!response) return response.error();
    taken += take(*response);
    if (response->next_page_token().empty() || (most != 0 && taken >= most)) return OkStatus();
    if (response->next_page_token() == request.page_token()) {
      return Internal("the coordinator answers page " + request.page_token() + " with the same page again");
    }
    request.set_page_token(response->next_page_token());
  }
}

// Moves the items of a repeated field to the end of `all`; returns how many.
template <typename Field, typename T>
size_t AppendAll(Field* field, std::vector<T>& all) {
  const size_t count = static_cast<size_t>(field->size());
  for (T& item : *field) all.push_back(std::move(item));
  return count;
}

}  // namespace winnow::client

#endif  // CLIENT_LIB_PAGING_H_
