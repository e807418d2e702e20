// What the tests of base/ start.
//
//   hang LIFELINE   prints its pid and waits for the end of the lifeline, then exits with 42
//   parent          starts "hang" as a child of its own and waits for a signal
//   print TEXT      on stdout, and on stderr backwards
//   environment N   prints the value of the variable N
//   lock FILE       prints "locked" or why not, and waits for a signal
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "base/durable_file.h"
#include "base/subprocess.h"

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const std::string argument = argc > 2 ? argv[2] : "";
  if (what == "hang") {
    winnow::WatchLifeline(std::stoi(argument), 42);
    std::cout << ::getpid() << std::endl;
    while (true) ::pause();
  }
  if (what == "parent") {
    winnow::SubprocessOptions options;
    options.command = {argv[0], "hang", "{lifeline}"};
    options.capture_stdout = false;
    const auto child = winnow::Subprocess::Start(options);
    if (!child) return 1;
    while (true) ::pause();
  }
  if (what == "print") {
    std::cout << argument << std::endl;
    std::cerr << std::string(argument.rbegin(), argument.rend()) << std::endl;
    return 5;
  }
  if (what == "environment") {
    const char* const value = ::getenv(argument.c_str());
    std::cout << (value == nullptr ? "unset" : value) << std::endl;
    return 0;
  }
  if (what == "lock") {
    const auto lock = winnow::LockFile(argument);
    std::cout << (lock ? "locked" : lock.error().ToString()) << std::endl;
    if (!lock) return 1;
    while (true) ::pause();
  }
  return 2;
}
