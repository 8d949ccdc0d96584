# The Debian packages: tugd (the daemon and its unit), tug (the CLI), tug-worker (jobs through NATS, where libnats is
# there), libtug-dev (the SDK). `./dev package` builds them into build/debs/.
set(TUG_DEBIAN ${PROJECT_SOURCE_DIR}/deploy/debian)
set(TUG_DEBIAN_MADE ${PROJECT_BINARY_DIR}/debian)

# gzip -n, so that the same tree gives the same file.
foreach(log debian/changelog CHANGELOG.md)
    set(from ${PROJECT_SOURCE_DIR}/deploy/${log})
    set(to ${TUG_DEBIAN_MADE}/changelog.Debian.gz)
    if(log STREQUAL CHANGELOG.md)
        set(from ${PROJECT_SOURCE_DIR}/${log})
        set(to ${TUG_DEBIAN_MADE}/changelog.gz)
    endif()
    file(MAKE_DIRECTORY ${TUG_DEBIAN_MADE})
    execute_process(COMMAND gzip -9nc ${from} OUTPUT_FILE ${to} COMMAND_ERROR_IS_FATAL ANY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from})
endforeach()
set(TUG_PACKAGES tugd tug libtug-dev)
if(TARGET tug-worker)
    list(APPEND TUG_PACKAGES tug-worker)
endif()
foreach(package IN LISTS TUG_PACKAGES)
    install(FILES ${TUG_DEBIAN}/copyright ${TUG_DEBIAN_MADE}/changelog.gz ${TUG_DEBIAN_MADE}/changelog.Debian.gz
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package} COMPONENT ${package})
endforeach()
# The manual says what the programs say of their flags, so it is made when they are.
find_program(TUG_SCDOC scdoc)
if(TUG_SCDOC)
    add_custom_target(man_pages
        COMMAND python3 ${PROJECT_SOURCE_DIR}/tools/man_pages.py
            ${CMAKE_RUNTIME_OUTPUT_DIRECTORY} ${PROJECT_SOURCE_DIR}/docs/man ${PROJECT_BINARY_DIR}/man ${TUG_SCDOC}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completions
        COMMAND sh -c "\"$<TARGET_FILE:tug>\" --completion bash >\"${PROJECT_BINARY_DIR}/completions/tug\""
        COMMAND sh -c "\"$<TARGET_FILE:tug>\" --completion zsh >\"${PROJECT_BINARY_DIR}/completions/_tug\""
        COMMAND sh -c "\"$<TARGET_FILE:tug>\" --completion fish >\"${PROJECT_BINARY_DIR}/completions/tug.fish\""
        DEPENDS tugd tug $<$<TARGET_EXISTS:tug-worker>:tug-worker> $<$<TARGET_EXISTS:tug-queue>:tug-queue>
        COMMENT "The manual pages and the completions" VERBATIM)
endif()
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/man8 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT tugd OPTIONAL
    PATTERN tug-worker.8.gz EXCLUDE)
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/man5 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT tugd OPTIONAL
    PATTERN tug-config.5.gz EXCLUDE)
install(FILES ${PROJECT_BINARY_DIR}/man/man5/tug-config.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT tug OPTIONAL)
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT tug OPTIONAL
    PATTERN tug-queue.1.gz EXCLUDE)

foreach(completion bash-completion/completions/tug zsh/vendor-completions/_tug fish/vendor_completions.d/tug.fish)
    get_filename_component(file ${completion} NAME)
    get_filename_component(directory ${completion} DIRECTORY)
    install(FILES ${PROJECT_BINARY_DIR}/completions/${file} DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/${directory}
        COMPONENT tug OPTIONAL)
endforeach()

install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/tugd.service ${PROJECT_SOURCE_DIR}/deploy/systemd/tugd.socket
    DESTINATION lib/systemd/system COMPONENT tugd)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/administrator.conf
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/tugd/examples COMPONENT tugd)
install(FILES ${TUG_DEBIAN}/tug.lintian-overrides
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides RENAME tug COMPONENT tug)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ansible
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/tug/examples COMPONENT tug)
if(TARGET tug-worker)
    install(FILES ${PROJECT_BINARY_DIR}/man/man8/tug-worker.8.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8
        COMPONENT tug-worker OPTIONAL)
    install(FILES ${PROJECT_BINARY_DIR}/man/man1/tug-queue.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
        COMPONENT tug-worker OPTIONAL)
    install(FILES ${PROJECT_SOURCE_DIR}/deploy/nats/tug-worker.service DESTINATION lib/systemd/system COMPONENT tug-worker)
    install(FILES ${PROJECT_SOURCE_DIR}/deploy/nats/nats-server.conf ${PROJECT_SOURCE_DIR}/docs/queue.md
        DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/tug-worker COMPONENT tug-worker)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/deploy/tugd.conf DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/tug COMPONENT tugd)

set(CPACK_GENERATOR DEB)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/TugPackagePaths.cmake)
set(CPACK_PACKAGE_NAME tug)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_PACKAGE_CONTACT "The tug project <tug@tug.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "run commands on, and move files in and out of, hosts")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/debs)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL ${TUG_PACKAGES})
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_TUGD_PACKAGE_NAME tugd)
set(CPACK_DEBIAN_TUGD_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TUGD_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TUGD_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_TUGD_PACKAGE_RECOMMENDS tug)
set(CPACK_DEBIAN_TUGD_DESCRIPTION "tugd lets clients that hold a key run commands on this host, and put and get
files below a directory, over one connection: with the true end of each
command, files that are whole or not there, and nothing left running.

It listens on loopback until it is given a certificate.")
foreach(script postinst prerm postrm conffiles)
    configure_file(${TUG_DEBIAN}/tugd.${script} ${TUG_DEBIAN_MADE}/tugd/${script} COPYONLY)
    list(APPEND CPACK_DEBIAN_TUGD_PACKAGE_CONTROL_EXTRA ${TUG_DEBIAN_MADE}/tugd/${script})
endforeach()

set(CPACK_DEBIAN_TUG_PACKAGE_NAME tug)
set(CPACK_DEBIAN_TUG_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TUG_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TUG_DESCRIPTION "tug is the client of tugd: shells, commands, files and directories on another
host, over one connection that tells the truth about what happened.")

set(CPACK_DEBIAN_TUG-WORKER_PACKAGE_NAME tug-worker)
set(CPACK_DEBIAN_TUG-WORKER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TUG-WORKER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TUG-WORKER_PACKAGE_RECOMMENDS tug)
set(CPACK_DEBIAN_TUG-WORKER_DESCRIPTION "tug-worker takes jobs from a queue of NATS JetStream and runs each once on one
of several hosts with tugd. `tug queue` fills the queue and shows results.")

set(CPACK_DEBIAN_LIBTUG-DEV_PACKAGE_NAME libtug-dev)
set(CPACK_DEBIAN_LIBTUG-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBTUG-DEV_PACKAGE_DEPENDS "libboost1.81-dev, libboost-json1.81-dev, libboost-filesystem1.81-dev, libssl-dev, libxxhash-dev, libzstd-dev")
set(CPACK_DEBIAN_LIBTUG-DEV_DESCRIPTION "C++20 SDK of tug, as headers and static libraries: programs await the calls of
a client of tugd, with Boost.Asio coroutines, callbacks or futures.
find_package(tug) and pkg-config find them.")

include(CPack)
