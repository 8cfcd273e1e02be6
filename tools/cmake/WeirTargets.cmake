# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# weir_library(NAME SOURCES... [LINK targets...]): a static, position-independent library with the
# house's flags. Everything weir builds goes through weir_options(target).

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${WEIR_CCACHE} CACHE STRING "")
  set(CMAKE_C_COMPILER_LAUNCHER ${WEIR_CCACHE} CACHE STRING "")
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(WEIR_SANITIZE)
  add_compile_definitions(WEIR_SANITIZED)  # some tests then do less, to end in time
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
  if(WEIR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()

if(WEIR_COVERAGE)
  # Paths are told from the top of the sources, not from the build folder.
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping -fcoverage-compilation-dir=${PROJECT_SOURCE_DIR})
  add_link_options(-fprofile-instr-generate)
endif()

if(WEIR_FUZZ)
  # Edges are counted in everything; the targets bring libFuzzer's main (tests/fuzz/targets).
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# weir_unity(TARGET): with WEIR_UNITY its sources are compiled as one, since most of the time goes into the headers
# that they share. That is for a build that nobody edits in, like tools/check.sh's. A development build compiles
# each source alone, which also shows that it includes what it needs; tests and benchmarks always are.
function(weir_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${WEIR_UNITY} UNITY_BUILD_BATCH_SIZE 0)
endfunction()

# weir_alone(SOURCES...): not with the others, which have other things of the same name.
function(weir_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# Clang says of libstdc++ 12's std::stable_sort that it uses what is deprecated.
function(weir_options target)
  target_compile_features(${target} PUBLIC cxx_std_23)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS ON)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Werror
      -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
      -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.>)
endfunction()

function(weir_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  weir_options(${name})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  if(NOT folder MATCHES "^(tests|bench)/")
    weir_unity(${name})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# weir_test_options(TARGET): an executable that tests. It is compiled with fewer optimisations, and
# with the headers that nearly all of them include compiled once, by an executable as well: others
# are compiled as other position-independent code.
# GCC 12 at this level sees faults in std::string that are none.
function(weir_test_options target)
  weir_options(${target})
  target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow>)
  if(NOT TARGET weir_test_headers)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/test_headers.cpp CONTENT "int main() {}\n")
    add_executable(weir_test_headers EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/generated/test_headers.cpp)
    weir_options(weir_test_headers)
    target_compile_options(weir_test_headers PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow>)
    target_link_libraries(weir_test_headers PRIVATE fmt::fmt GTest::gtest GTest::gmock)
    target_precompile_headers(weir_test_headers PRIVATE
      <gmock/gmock.h> <gtest/gtest.h> <fmt/format.h> <algorithm> <functional> <map> <span> <string>
      <unordered_map> <vector>)
  endif()
  target_precompile_headers(${target} REUSE_FROM weir_test_headers)
endfunction()

# weir_test(NAME SOURCES... LINK targets...): a GoogleTest executable, one ctest per TEST.
function(weir_test name)
  cmake_parse_arguments(ARG "" "" "LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  weir_test_options(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} fmt::fmt GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600 LABELS "${ARG_LABELS}")
endfunction()

# weir_use_llvm(TARGET): LLVM's headers (as system headers: their warnings are not ours) and the shared
# library; linking it statically would take minutes and a gigabyte on a small machine.
function(weir_use_llvm target)
  target_include_directories(${target} SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
  target_link_libraries(${target} PRIVATE LLVM-19)
  target_link_directories(${target} PRIVATE ${LLVM_LIBRARY_DIR})
endfunction()
