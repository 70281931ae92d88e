# volant_room(NAME [LIBS lib...] [MAIN file])
#
# One folder under src/ becomes the static library volant_NAME and, from its *_test.cpp files, the
# test binary NAME_test. A room links every room declared before it, so the order in the top
# CMakeLists.txt is the include order; tests/tidy checks the includes themselves.
set_property(GLOBAL PROPERTY VOLANT_ROOMS "")

function(volant_room name)
    cmake_parse_arguments(ROOM "" "MAIN" "LIBS" ${ARGN})
    set(dir ${CMAKE_SOURCE_DIR}/src/${name})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cpp)
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    # Kernels are compiled each for its own instruction set; Boost.Beast and CLI11 are long enough.
    set(alone ${sources})
    list(FILTER alone INCLUDE REGEX "/(kernels/.*|api/net/server|cli/options|cli/command_line)\\.cpp$")
    if(ROOM_MAIN)
        list(REMOVE_ITEM sources ${dir}/${ROOM_MAIN})
    endif()

    get_property(earlier GLOBAL PROPERTY VOLANT_ROOMS)
    if(sources)
        add_library(volant_${name} STATIC ${sources})
        # Most of a small file's compile time goes into the headers that its neighbours read too.
        # Names in a file's unnamed namespace are therefore unique in their room.
        set_target_properties(volant_${name} PROPERTIES
            UNITY_BUILD ${VOLANT_UNITY} UNITY_BUILD_BATCH_SIZE 4)
        if(VOLANT_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            # Warns of a class that holds another of its own file, as if that file were a header.
            target_compile_options(volant_${name} PRIVATE -Wno-subobject-linkage)
        endif()
        set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
        set(kind PUBLIC)
    else()
        add_library(volant_${name} INTERFACE)
        set(kind INTERFACE)
    endif()
    target_include_directories(volant_${name} ${kind} ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(volant_${name} ${kind} ${earlier} ${ROOM_LIBS} Threads::Threads)
    set_property(GLOBAL PROPERTY VOLANT_ROOMS volant_${name} ${earlier})

    if(ROOM_MAIN AND EXISTS ${dir}/${ROOM_MAIN})
        add_executable(volant ${dir}/${ROOM_MAIN})
        target_link_libraries(volant PRIVATE volant_${name})
        set_target_properties(volant PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    endif()
    if(tests AND NOT VOLANT_FUZZ)
        add_executable(${name}_test ${tests})
        target_link_libraries(${name}_test PRIVATE volant_${name} GTest::gmock GTest::gtest_main)
        # Tests need no speed of their own; the code under test keeps its optimisation.
        target_compile_options(${name}_test PRIVATE -O1)
        add_test(NAME ${name} COMMAND ${name}_test --gtest_shuffle --gtest_brief=1)
        set_tests_properties(${name} PROPERTIES ENVIRONMENT "VOLANT_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
    endif()
endfunction()
