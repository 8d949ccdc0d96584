# What an installed tug consists of: the programs, the headers, the static libraries, and how CMake (find_package(tug))
# and pkg-config (tug) find them. The server as a library is a component of its own, because it needs Boost.Filesystem:
# find_package(tug COMPONENTS service).
include(CMakePackageConfigHelpers)

set(TUG_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/tug)

install(TARGETS tug_proto tug_os tug_net tug_client tug_xxhash tug_zstd EXPORT tug-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT tug-targets NAMESPACE tug:: DESTINATION ${TUG_CMAKE_DIR})
foreach(layer proto proto/os proto/net client-sdk)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${layer}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()

if(TARGET tug_service)
    install(TARGETS tug_service EXPORT tug-service-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(EXPORT tug-service-targets NAMESPACE tug:: DESTINATION ${TUG_CMAKE_DIR})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/service/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tug-config.cmake.in ${PROJECT_BINARY_DIR}/tug-config.cmake
    INSTALL_DESTINATION ${TUG_CMAKE_DIR})
# Before 1.0 a minor version may change what the SDK looks like.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tug-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tug-config.cmake ${PROJECT_BINARY_DIR}/tug-config-version.cmake
    DESTINATION ${TUG_CMAKE_DIR})

# The installed tree may be moved: the file finds the rest from where it stands.
file(RELATIVE_PATH TUG_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" TUG_PC_UP "${TUG_PC_UP}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/tug.pc.in ${PROJECT_BINARY_DIR}/tug.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tug.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
