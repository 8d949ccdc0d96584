# Most of the time of a compile goes into the templates of Asio that nearly every source instantiates again. Where a program
# is built to be used, the sources of a target are therefore compiled many at a time: under a third of the work. In the
# preset dev, for work on the sources and for clang-tidy, each is compiled alone, which shows what it forgot to include.
# What an anonymous namespace names should thus be its only meaning in the target: the compiler says where two meet.
option(TUG_UNITY "Compile the sources of a target many at a time: under a third of the time of a whole build" ${PROJECT_IS_TOP_LEVEL})
set(tug_sources_at_once 45)

# tug_unity(TARGET): after the last of its sources was added. The parts are as even as can be, for as many cores.
function(tug_unity target)
    if(NOT TUG_UNITY)
        return()
    endif()
    get_target_property(sources ${target} SOURCES)
    list(LENGTH sources count)
    math(EXPR units "(${count} + ${tug_sources_at_once} - 1) / ${tug_sources_at_once}")
    set(place 0)
    foreach(source IN LISTS sources)
        math(EXPR unit "${place} * ${units} / ${count}")
        math(EXPR place "${place} + 1")
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${unit})
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    # To g++ what is included is a header, whose anonymous namespace others would see too; and a local name may well be that
    # of a function of another source.
    set_target_properties(${target} PROPERTIES UNITY_BUILD_CODE_BEFORE_INCLUDE
        "#pragma GCC diagnostic ignored \"-Wshadow\"
#ifndef __clang__
#pragma GCC diagnostic ignored \"-Wsubobject-linkage\"
#endif")
endfunction()
