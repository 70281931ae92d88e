set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

option(VOLANT_UNITY "Compile the files of a room four at a time: half the time of a clean build" ON)
option(VOLANT_WERROR "Warnings are errors" OFF)
set(VOLANT_SANITIZE "" CACHE STRING "address,undefined | thread | empty")
option(VOLANT_FUZZ "Build the libFuzzer targets (clang only)" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports false positives deep inside libstdc++ and fmt at -O2.
    add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized)
endif()
if(VOLANT_WERROR)
    add_compile_options(-Werror)
endif()

# The same bits on every machine: no contraction, no reassociation, fused multiply-add only where
# the source says std::fma.
add_compile_options(-ffp-contract=off -fno-fast-math)
# Frames and lines for a profiler and for a crash report; -g1 keeps the objects small.
add_compile_options(-g1 -fno-omit-frame-pointer)

if(VOLANT_SANITIZE)
    add_compile_options(-fsanitize=${VOLANT_SANITIZE})
    add_link_options(-fsanitize=${VOLANT_SANITIZE})
endif()

find_program(VOLANT_CCACHE ccache)
if(VOLANT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros ${VOLANT_CCACHE})
endif()
find_program(VOLANT_MOLD mold)
if(VOLANT_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-fuse-ld=mold)
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
