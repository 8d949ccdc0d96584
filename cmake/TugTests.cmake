# The tests of one kind are one program, built from every source below tests/<kind>; each Boost.Test suite in it is one
# entry of CTest, so that a failure names its suite and suites run side by side.

add_library(tug_test_base INTERFACE)
target_include_directories(tug_test_base INTERFACE
    ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/service/src ${PROJECT_SOURCE_DIR}/client-sdk/src)
# Half of what is compiled are tests, and what they test is optimised: more than that would only cost minutes.
target_compile_options(tug_test_base INTERFACE $<$<CONFIG:Release>:-O1>)
target_compile_definitions(tug_test_base INTERFACE
    BOOST_TEST_DYN_LINK TUG_VERSION="${PROJECT_VERSION}")
target_link_libraries(tug_test_base INTERFACE
    tug::service tug::client Boost::unit_test_framework Boost::filesystem tug_options)

# All test programs are compiled alike, so one parse of the headers is for all of them.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/tests/headers.cpp CONTENT "int main() {}\n")
add_executable(tug_test_headers EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/tests/headers.cpp)
target_link_libraries(tug_test_headers PRIVATE tug_test_base)
tug_precompile(tug_test_headers <boost/test/unit_test.hpp>)

function(tug_test_program kind)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${kind}/*.cpp)
    add_executable(tug_${kind}_tests ${sources})
    target_link_libraries(tug_${kind}_tests PRIVATE tug_test_support)
    target_precompile_headers(tug_${kind}_tests REUSE_FROM tug_test_headers)
    # It says that it has the main() before it includes the header of Boost.Test.
    set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/${kind}/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()

function(tug_add_tests kind)
    tug_test_program(${kind})
    get_target_property(sources tug_${kind}_tests SOURCES)
    set(suites)
    foreach(source IN LISTS sources)
        file(STRINGS ${source} found REGEX "^BOOST_(AUTO|FIXTURE)_TEST_SUITE\\(")
        foreach(line IN LISTS found)
            string(REGEX REPLACE "^BOOST_[A-Z]+_TEST_SUITE\\(([A-Za-z0-9_]+).*" "\\1" suite "${line}")
            list(APPEND suites ${suite})
        endforeach()
    endforeach()
    list(REMOVE_DUPLICATES suites)
    foreach(suite IN LISTS suites)
        add_test(NAME ${kind}.${suite} COMMAND tug_${kind}_tests --run_test=${suite} --report_level=short)
        set_tests_properties(${kind}.${suite} PROPERTIES LABELS ${kind})
    endforeach()
endfunction()

function(tug_add_docker_tests)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/docker)
        tug_test_program(docker)
    endif()
endfunction()
