# Asio and Boost.JSON take most of the time of a compile, and hardly a source goes without them: the libraries and programs
# share what was parsed once, the tests the same with Boost.Test. What a source uses it still includes itself; `./dev lint`
# compiles the public headers without any of this.
set(tug_common_headers
    <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/bind_cancellation_slot.hpp>
    <boost/asio/cancellation_signal.hpp> <boost/asio/co_spawn.hpp> <boost/asio/dispatch.hpp>
    <boost/asio/generic/stream_protocol.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
    <boost/asio/local/stream_protocol.hpp> <boost/asio/post.hpp> <boost/asio/posix/stream_descriptor.hpp>
    <boost/asio/steady_timer.hpp> <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>
    <boost/json/object.hpp> <boost/json/parse.hpp> <boost/json/serialize.hpp> <boost/json/value.hpp>
    <boost/system/result.hpp> <boost/system/system_error.hpp>
    <algorithm> <chrono> <functional> <map> <memory> <optional> <span> <string> <string_view> <unordered_map> <vector>)

# tug_precompile(TARGET [HEADER...]): those, and more where a target has them in most of its sources.
function(tug_precompile target)
    target_precompile_headers(${target} PRIVATE ${tug_common_headers} ${ARGN})
endfunction()

# tug_precompiled_by(TARGET OTHER): the same as OTHER has, which is compiled with the same options but for how much is
# optimised. A program is compiled with -fPIC then, as the library was: compilers refuse what was precompiled for another
# model of position-independent code.
function(tug_precompiled_by target other)
    target_precompile_headers(${target} REUSE_FROM ${other})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL EXECUTABLE)
        target_compile_options(${target} PRIVATE -fPIC)
    endif()
endfunction()
