# Runs within CPack, once for each package that is staged: below the prefix /usr there is no /usr/etc in Debian.
foreach(staged ${CPACK_TEMPORARY_INSTALL_DIRECTORY} ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/tugd)
    if(EXISTS ${staged}/usr/etc)
        file(RENAME ${staged}/usr/etc ${staged}/etc)
    endif()
endforeach()
