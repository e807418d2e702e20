# Headers that cost more to parse than the files that include them, compiled once each. Every file still includes what
# it uses: the build works with CMAKE_DISABLE_PRECOMPILE_HEADERS=ON.

# winnow_shared_header(NAME HEADERS <a> <b> DEPS x)   makes one.
function(winnow_shared_header name)
  cmake_parse_arguments(arg "" "" "HEADERS;DEPS" ${ARGN})
  file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc"
    CONTENT "// Gives the precompiled header a target to live in.\n")
  add_library(${name} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  target_link_libraries(${name} PRIVATE winnow_settings winnow_warnings ${arg_DEPS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# winnow_reuse_header(TARGET HEADER)   GCC takes a precompiled header only where the options are the same.
function(winnow_reuse_header target header)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    # CMake gives a program -fPIE, and then GCC would not take the header, which is made with -fPIC.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${header})
endfunction()
