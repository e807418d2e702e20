// Between what the coordinator answers and what a call returns.
#ifndef SERVER_RPC_ANSWERS_H_
#define SERVER_RPC_ANSWERS_H_

#include <utility>

#include "server/coordinator/coordinator_parts.h"
#include "server/rpc/unary_call.h"
#include "server/store/page.h"

namespace winnow::server {

// Fills a response from the coordinator's answer, or passes its error on: fill(value, response).
template <typename T, typename Response, typename Fill>
Done<T> Into(Answer<Response> answer, Fill fill) {
  return [answer = std::move(answer), fill = std::move(fill)](Result<T> result) {
    if (!result) return answer(result.error());
    Response response;
    fill(*std::move(result), response);
    answer(std::move(response));
  };
}

template <typename Request>
PageRequest PageOf(const Request& request) {
  return {.size = request.page_size(), .token = request.page_token()};
}

}  // namespace winnow::server

#endif  // SERVER_RPC_ANSWERS_H_
