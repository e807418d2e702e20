#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace winnow {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, ClosesWhatItOwns) {
  int number;
  {
    UniqueFd fd(::open("/dev/null", O_RDONLY));
    number = fd.get();
    ASSERT_TRUE(fd.valid());
    EXPECT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
  EXPECT_FALSE(UniqueFd().valid());
}

TEST(UniqueFd, MovesAndLetsGo) {
  UniqueFd first(::open("/dev/null", O_RDONLY));
  const int number = first.get();
  UniqueFd second = std::move(first);
  EXPECT_FALSE(first.valid());
  EXPECT_EQ(second.get(), number);
  UniqueFd other(::open("/dev/null", O_RDONLY));
  const int replaced = other.get();
  other = std::move(second);
  EXPECT_FALSE(IsOpen(replaced));
  EXPECT_EQ(other.release(), number);
  EXPECT_TRUE(IsOpen(number));
  ::close(number);
}

}  // namespace
}  // namespace winnow
