# The C++ of the guide is compiled, so that it cannot go stale. `guide_pages` are its pages.
execute_process(
    COMMAND python3 ${PROJECT_SOURCE_DIR}/tests/guide/cpp_blocks.py ${PROJECT_BINARY_DIR}/guide ${guide_pages}
    OUTPUT_VARIABLE guide_sources
    COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${guide_pages})
add_library(guide_examples OBJECT ${guide_sources})
target_link_libraries(guide_examples PRIVATE tug::client)
