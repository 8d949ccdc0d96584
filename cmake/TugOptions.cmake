# The one target that carries how tug is compiled. Every target of the project links it privately;
# nothing of it reaches an application that uses the SDK.
add_library(tug_options INTERFACE)
target_compile_features(tug_options INTERFACE cxx_std_20)
target_compile_options(tug_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wold-style-cast
    -Woverloaded-virtual -Wimplicit-fallthrough -Werror
    -fstack-protector-strong -fno-omit-frame-pointer)
target_compile_definitions(tug_options INTERFACE
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports false positives of the first two inside coroutine frames, and of the others in what it inlines from
    # std::string, which it no longer takes for a system header's where that was precompiled.
    target_compile_options(tug_options INTERFACE -fcoroutines -Wno-maybe-uninitialized -Wno-mismatched-new-delete
        -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
# What is shipped is optimised as distributions do it: by -O3 neither calls nor commands nor transfers are
# faster (bench/PROFILES.md), and a compile takes a tenth longer.
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

# tug_optimise_little(TARGET): for what a person waits for by the network: it is compiled in two thirds of the time.
function(tug_optimise_little target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

if(TUG_SANITIZE)
    # Without vptr: it looks at memory through a pipe, and reports every object where no descriptor is left for one.
    target_compile_options(tug_options INTERFACE
        -fsanitize=${TUG_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all)
    target_link_options(tug_options INTERFACE -fsanitize=${TUG_SANITIZE})
    target_compile_definitions(tug_options INTERFACE TUG_SANITIZED)
else()
    target_compile_options(tug_options INTERFACE $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()

# Symbols are bound at the start, and what they are bound through cannot be written afterwards. A process that forks
# (tug-fork) would bind them again in each child.
target_link_options(tug_options INTERFACE -Wl,-z,relro -Wl,-z,now)

if(TUG_BUILD_FUZZERS)
    # Coverage of the libraries is what leads the fuzzers; programs without a fuzzer in them are not affected.
    target_compile_options(tug_options INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(tug_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(TUG_CCACHE ccache)
if(TUG_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TUG_CCACHE})
endif()

# tug_add_static(PROGRAM): PROGRAM-static is the same objects without shared libraries, as static/PROGRAM. It is built where
# it is asked for. glibc resolves names and users without its plug-ins since 2.34, and relocates itself by packed entries
# since 2.36; those, and what nothing refers to, are 1.4 of the 12.7 MiB that tugd would have.
function(tug_add_static program)
    add_executable(${program}-static EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${program}>)
    target_link_libraries(${program}-static PRIVATE $<TARGET_PROPERTY:${program},LINK_LIBRARIES>)
    target_link_options(${program}-static PRIVATE -static-pie -Wl,--gc-sections -Wl,-z,pack-relative-relocs)
    set_target_properties(${program}-static PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME ${program}
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/static)
endfunction()
