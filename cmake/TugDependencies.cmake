# Boost 1.81 is the floor: 1.74 has neither Process v2 nor as_tuple in its final form.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers json filesystem)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)

# Debian's libxxhash ships pkg-config data only.
find_path(TUG_XXHASH_INCLUDE xxhash.h REQUIRED)
find_library(TUG_XXHASH_LIBRARY xxhash REQUIRED)
add_library(tug_xxhash INTERFACE)
target_include_directories(tug_xxhash SYSTEM INTERFACE $<BUILD_INTERFACE:${TUG_XXHASH_INCLUDE}>)
target_link_libraries(tug_xxhash INTERFACE xxhash)
