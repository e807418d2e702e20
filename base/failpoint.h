// Named places where a program of preset chaos can be made to die, wait or lose a reply; nothing in any other build.
//
//   WINNOW_FAILPOINT("lease.before_commit");
//
// The environment says what happens where: WINNOW_FAILPOINTS is a list "NAME=ACTION,NAME=ACTION,..."; ACTION is
//   kill:PATH  kill -9 of this process the first time the place is reached while the file PATH is there
//   sleep:MS   waits there every time
//   lose:P     the reply is lost with probability P (only where LoseReply is asked)
// Each kill is noted as a line NAME in the file $WINNOW_FAILPOINT_LOG before it happens, each lost reply afterwards.
//
// Threads    safe for concurrent use.
#ifndef BASE_FAILPOINT_H_
#define BASE_FAILPOINT_H_

#ifdef WINNOW_FAILPOINTS

#include <string_view>

namespace winnow {

void ReachFailpoint(std::string_view name);
// Whether the answer to this call, which has been carried out, is to be lost on its way.
bool LoseReply(std::string_view name);

}  // namespace winnow

#define WINNOW_FAILPOINT(name) ::winnow::ReachFailpoint(name)
#define WINNOW_LOSES_REPLY(name) ::winnow::LoseReply(name)

#else

#define WINNOW_FAILPOINT(name) static_cast<void>(0)
#define WINNOW_LOSES_REPLY(name) false

#endif  // WINNOW_FAILPOINTS

#endif  // BASE_FAILPOINT_H_
