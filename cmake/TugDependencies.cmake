# Boost 1.81 is the floor: 1.74 has neither Process v2 nor as_tuple in its final form.
#
# Our own programs carry their Boost: the calls of Boost.JSON do not go through tables then, and who runs them needs no
# package of it. An installed SDK leaves that to whoever links it.
set(tug_boost headers json)
if(NOT TUG_SDK_ONLY)
  list(APPEND tug_boost filesystem)
endif()
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED Boost_USE_STATIC_LIBS)
  set(Boost_USE_STATIC_LIBS ON)
  find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS ${tug_boost})
  unset(Boost_USE_STATIC_LIBS)
else()
  find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS ${tug_boost})
endif()
find_package(OpenSSL 3.0 REQUIRED)
# Here by its names, as the libraries below: the same objects are linked with either form of them, see tug_add_static().
get_filename_component(openssl_directory "${OPENSSL_CRYPTO_LIBRARY}" DIRECTORY)
foreach(part ssl crypto)
  add_library(tug_${part} INTERFACE)
  target_include_directories(tug_${part} SYSTEM INTERFACE ${OPENSSL_INCLUDE_DIR})
  target_link_directories(tug_${part} INTERFACE ${openssl_directory})
  target_link_libraries(tug_${part} INTERFACE ${part})
endforeach()
find_package(Threads REQUIRED)

# Debian's libxxhash ships pkg-config data only.
find_path(TUG_XXHASH_INCLUDE xxhash.h REQUIRED)
find_library(TUG_XXHASH_LIBRARY xxhash REQUIRED)
add_library(tug_xxhash INTERFACE)
target_include_directories(tug_xxhash SYSTEM INTERFACE $<BUILD_INTERFACE:${TUG_XXHASH_INCLUDE}>)
target_link_libraries(tug_xxhash INTERFACE xxhash)
# Most builds of it choose the widest vectors of the CPU at run time, but only in functions of another name: on AVX2 they
# take a third of the time.
include(CheckCXXSymbolExists)
set(CMAKE_REQUIRED_INCLUDES ${TUG_XXHASH_INCLUDE})
set(CMAKE_REQUIRED_LIBRARIES ${TUG_XXHASH_LIBRARY})
check_cxx_symbol_exists(XXH3_128bits_update_dispatch xxh_x86dispatch.h TUG_XXHASH_DISPATCHES)
unset(CMAKE_REQUIRED_INCLUDES)
unset(CMAKE_REQUIRED_LIBRARIES)
if(TUG_XXHASH_DISPATCHES)
  target_compile_definitions(tug_xxhash INTERFACE $<BUILD_INTERFACE:TUG_XXHASH_DISPATCHES>)
endif()

# Likewise libzstd.
find_path(TUG_ZSTD_INCLUDE zstd.h REQUIRED)
find_library(TUG_ZSTD_LIBRARY zstd REQUIRED)
add_library(tug_zstd INTERFACE)
target_include_directories(tug_zstd SYSTEM INTERFACE $<BUILD_INTERFACE:${TUG_ZSTD_INCLUDE}>)
target_link_libraries(tug_zstd INTERFACE zstd)
