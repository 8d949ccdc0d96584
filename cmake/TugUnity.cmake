# Most of the time of a compile goes into the templates of Asio that nearly every source instantiates again. Where a program
# is built to be used, the sources of a folder are therefore compiled some at a time: a third of the work. In the
# preset dev, for work on the sources and for clang-tidy, each is compiled alone, which shows what it forgot to include.
# A name of an anonymous namespace thus has one meaning in its folder.
option(TUG_UNITY "Compile the sources of a folder some at a time: a third of the time of a whole build" ${PROJECT_IS_TOP_LEVEL})
set(tug_sources_at_once 25)

# tug_unity(TARGET): after the last of its sources was added.
function(tug_unity target)
    if(NOT TUG_UNITY)
        return()
    endif()
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
        cmake_path(GET source PARENT_PATH folder)
        string(MAKE_C_IDENTIFIER "in_${folder}" folder)
        if(NOT DEFINED ${folder})
            set(${folder} 0)
        endif()
        math(EXPR batch "${${folder}} / ${tug_sources_at_once}")
        math(EXPR ${folder} "${${folder}} + 1")
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${folder}_${batch}")
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
