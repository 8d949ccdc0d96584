# The sans-I/O core stays free of Asio, the operating system, clocks and loggers: the build fails where a source of
# tug_proto includes one. It looks at what is written, not at what a library includes in turn.
file(GLOB_RECURSE tug_proto_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/* ${CMAKE_CURRENT_SOURCE_DIR}/include/*)
foreach(file IN LISTS tug_proto_files)
    file(STRINGS ${file} found REGEX
        "#include *[<\"](boost/asio|boost/process|sys/|unistd|fcntl|poll|signal|netinet|arpa|pthread|time\\.h|ctime|chrono|thread|mutex|iostream|fstream|filesystem|spdlog|tug/net|tug/os|tug/service)")
    if(found)
        message(FATAL_ERROR "${file}: the sans-I/O core may not do this: ${found}")
    endif()
endforeach()
