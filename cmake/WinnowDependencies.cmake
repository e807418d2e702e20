# Every third-party package, found once. Why each is used: docs/architecture.md.
find_package(tl-expected REQUIRED)
if(WINNOW_KERNELS_ONLY)
  return()
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig)
find_package(nlohmann_json 3.9 REQUIRED)

if(WINNOW_STAGE_ONLY)
  set(WINNOW_BUILD_TORCH ON)
endif()

if(WINNOW_STAGE_ONLY)
  find_package(OpenSSL QUIET)  # without it no digests are checked
  find_package(ZLIB QUIET)     # without it no .gz data set is read
else()
  find_package(OpenSSL REQUIRED)
  find_package(ZLIB REQUIRED)
endif()

if(NOT WINNOW_STAGE_ONLY)
  find_package(Protobuf REQUIRED)
  # Not by pkg-config: its static walk through Abseil's hundred modules takes minutes on a loaded machine.
  find_package(gRPC CONFIG REQUIRED)
  find_program(WINNOW_PROTOC protoc REQUIRED)
  find_program(WINNOW_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(SQLiteCpp REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(spdlog REQUIRED)
  pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
  if(WINNOW_BUILD_TESTS)
    find_package(GTest REQUIRED)
    find_package(benchmark)
  endif()
endif()

if(WINNOW_STAGE_ONLY)
  find_package(JPEG QUIET)  # without these two no folder of images is read
  find_package(PNG QUIET)
elseif(WINNOW_BUILD_TORCH)
  find_package(JPEG REQUIRED)
  find_package(PNG REQUIRED)
endif()

if(WINNOW_BUILD_TORCH)
  find_package(Torch REQUIRED)
  find_package(OpenMP REQUIRED)
  # Not by find_package(dnnl): Debian's configuration asks for OpenCL, which only a GPU would need.
  find_path(WINNOW_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp)
  find_library(WINNOW_DNNL_LIBRARY dnnl)
  if(WINNOW_DNNL_INCLUDE AND WINNOW_DNNL_LIBRARY)
    add_library(winnow_dnnl INTERFACE)
    target_include_directories(winnow_dnnl SYSTEM INTERFACE "${WINNOW_DNNL_INCLUDE}")
    target_link_libraries(winnow_dnnl INTERFACE "${WINNOW_DNNL_LIBRARY}")
  endif()
endif()
