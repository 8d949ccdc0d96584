#include "os/terminate_handler.hpp"
#include "server/io_thread.hpp"
#include "tug/service/server.hpp"

#include <tug/os/unique_fd.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <new>
#include <stdexcept>
#include <string>

namespace {

using namespace tug::service;

struct ended_process {
    int status = 0;
    std::string text;
};

/// How a process ends in which a handler of an I/O thread throws.
template <class Thrown>
ended_process of_a_process_that_throws(const Thrown& what) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const tug::os::unique_fd read_end(ends[0]);
    tug::os::unique_fd write_end(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(write_end.get(), STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL); // the test framework has its own
        install_terminate_handler();
        boost::asio::io_context io;
        boost::asio::post(io, [&] { throw what; });
        io_thread thread;
        thread.start(io, server::no_log());
        thread.join();
        ::_exit(0);
    }
    write_end.reset();
    ended_process said;
    std::array<char, 256> room{};
    for (ssize_t n = 0; (n = ::read(read_end.get(), room.data(), room.size())) > 0;)
        said.text.append(room.data(), static_cast<std::size_t>(n));
    ::waitpid(child, &said.status, 0);
    return said;
}

BOOST_AUTO_TEST_SUITE(terminate_handler_test)

BOOST_AUTO_TEST_CASE(want_of_memory_ends_the_process_with_a_line) {
    const auto said = of_a_process_that_throws(std::bad_alloc());
    BOOST_TEST(WIFSIGNALED(said.status));
    BOOST_TEST(WTERMSIG(said.status) == SIGABRT);
    BOOST_TEST(said.text == "tugd: ended: no memory was left for what had begun; allow it more, or lower its limits\n");
}

BOOST_AUTO_TEST_CASE(a_bug_in_a_handler_costs_what_it_was_thrown_at) {
    const auto said = of_a_process_that_throws(std::logic_error("a bug"));
    BOOST_TEST(WIFEXITED(said.status));
    BOOST_TEST(said.text.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
