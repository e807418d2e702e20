# Two interface targets, linked privately by our own code and by nothing third-party: settings and warnings.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(WINNOW_CCACHE ccache)
if(WINNOW_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${WINNOW_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${WINNOW_CCACHE}")
endif()

add_library(winnow_settings INTERFACE)
target_include_directories(winnow_settings INTERFACE "${CMAKE_SOURCE_DIR}")
if(WINNOW_SANITIZE)
  target_compile_options(winnow_settings INTERFACE -fsanitize=${WINNOW_SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(winnow_settings INTERFACE -fsanitize=${WINNOW_SANITIZE})
endif()

if(WINNOW_FAILPOINTS)
  target_compile_definitions(winnow_settings INTERFACE WINNOW_FAILPOINTS)
endif()

add_library(winnow_warnings INTERFACE)
# -Wno-restrict, -array-bounds, -stringop-*: gcc 12 warns falsely about std::string in optimised code.
# -Wno-missing-field-initializers: designated initialisers leave out, on purpose, what is to be empty.
target_compile_options(winnow_warnings INTERFACE -Wall -Wextra -Wno-unused-parameter -Wshadow=local -Wnon-virtual-dtor
  -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-warning-option> $<$<BOOL:${WINNOW_WERROR}>:-Werror>)
