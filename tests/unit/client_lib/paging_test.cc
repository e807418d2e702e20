#include "client/lib/paging.h"

#include <gtest/gtest.h>

#include "winnow/v1/sweep.pb.h"

namespace winnow::client {
namespace {

namespace v1 = ::winnow::v1;

// A list of `count` sweeps in pages of at most `page` items, whatever was asked for.
struct Lister {
  size_t count;
  size_t page;
  std::vector<int> sizes;

  Result<v1::ListSweepsResponse> operator()(const v1::ListSweepsRequest& request) {
    sizes.push_back(request.page_size());
    size_t at = request.page_token().empty() ? 0 : std::stoul(request.page_token());
    v1::ListSweepsResponse response;
    for (size_t i = 0; i < std::min(page, static_cast<size_t>(request.page_size())) && at < count; ++i, ++at) {
      response.add_sweeps()->set_name(std::to_string(at));
    }
    if (at < count) response.set_next_page_token(std::to_string(at));
    return response;
  }
};

std::vector<v1::Sweep> All(Lister& lister, size_t most) {
  std::vector<v1::Sweep> all;
  EXPECT_TRUE(ForEachPage(v1::ListSweepsRequest(), most, std::ref(lister), [&](v1::ListSweepsResponse& page) {
                return AppendAll(page.mutable_sweeps(), all);
              }).ok());
  return all;
}

TEST(Paging, TakesEveryPage) {
  Lister lister{25, 10, {}};
  const auto all = All(lister, 0);
  ASSERT_EQ(all.size(), 25u);
  EXPECT_EQ(all[24].name(), "24");
  EXPECT_EQ(lister.sizes, (std::vector<int>{1000, 1000, 1000}));
}

TEST(Paging, AsksForNoMoreThanIsWanted) {
  Lister lister{25, 10, {}};
  EXPECT_EQ(All(lister, 12).size(), 12u);
  EXPECT_EQ(lister.sizes, (std::vector<int>{12, 2}));
}

TEST(Paging, EndsOnAnErrorAndOnACircle) {
  std::vector<v1::Sweep> all;
  const auto take = [&](v1::ListSweepsResponse& page) { return AppendAll(page.mutable_sweeps(), all); };
  EXPECT_EQ(ForEachPage(
                v1::ListSweepsRequest(), 0,
                [](const v1::ListSweepsRequest&) -> Result<v1::ListSweepsResponse> { return Err(NotFound("x")); }, take)
                .code(),
            StatusCode::kNotFound);
  EXPECT_EQ(ForEachPage(
                v1::ListSweepsRequest(), 0,
                [](const v1::ListSweepsRequest&) -> Result<v1::ListSweepsResponse> {
                  v1::ListSweepsResponse response;
                  response.set_next_page_token("again");
                  return response;
                },
                take)
                .code(),
            StatusCode::kInternal);
}

}  // namespace
}  // namespace winnow::client
