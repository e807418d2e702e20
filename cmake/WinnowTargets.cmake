# winnow_compile_together(TARGET N)   N files at a time: what headers instantiate costs more than the files themselves.
function(winnow_compile_together target files)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources count)
  if(WINNOW_UNITY AND count GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${files})
  endif()
endfunction()

# winnow_library(NAME SRCS a.cc b.cc DEPS x y)   a static library; DEPS are public. Without SRCS: header-only.
function(winnow_library name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;PRIVATE_DEPS" ${ARGN})
  if(arg_SRCS)
    add_library(${name} STATIC ${arg_SRCS})
    target_link_libraries(${name} PUBLIC winnow_settings ${arg_DEPS} PRIVATE winnow_warnings ${arg_PRIVATE_DEPS})
    winnow_compile_together(${name} 8)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE winnow_settings ${arg_DEPS})
  endif()
endfunction()

# winnow_binary(NAME SRCS main.cc DEPS x)   a program, written to build/<preset>/bin.
function(winnow_binary name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${arg_SRCS})
  target_link_libraries(${name} PRIVATE winnow_settings winnow_warnings ${arg_DEPS})
endfunction()

# winnow_test(NAME SRCS a_test.cc DEPS x [LABELS unit] [TIMEOUT seconds] [HEADER target])   a GoogleTest program; every test case is a ctest of its own.
# One program a folder, so that linking stays cheap. LABELS is one word: gtest_discover_tests loses a list.
function(winnow_test name)
  cmake_parse_arguments(arg "" "TIMEOUT;HEADER" "SRCS;DEPS;LABELS" ${ARGN})
  if(NOT arg_HEADER)
    set(arg_HEADER winnow_test_header)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SRCS})
  winnow_compile_together(${name} 4)
  target_link_libraries(${name} PRIVATE winnow_settings winnow_warnings ${arg_DEPS} GTest::gmock_main)
  winnow_reuse_header(${name} ${arg_HEADER})
  include(GoogleTest)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 120
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
      ENVIRONMENT "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/leaks_of_others.txt")
endfunction()
