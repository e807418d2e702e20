// Identifiers that nobody can guess or repeat.
#ifndef BASE_ID_H_
#define BASE_ID_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace winnow {

// A random version-4 UUID in lower case, for request ids.
std::string NewUuid();

// `bytes` random bytes from the kernel, as 2 * bytes lower-case hexadecimal digits.
std::string RandomHex(size_t bytes);

// True for the form NewUuid() gives (any version, lower or upper case).
bool IsUuid(std::string_view text);

}  // namespace winnow

#endif  // BASE_ID_H_
