// tugd under a service manager: sockets that it is given, and what it says to the manager.

#include "support/build_paths.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <tug/os/unique_fd.hpp>

namespace tug::test {

namespace {

using os::unique_fd;

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    path.copy(a.sun_path, sizeof a.sun_path - 1);
    return a;
}

/// A socket of the test's own, as a manager opens it.
unique_fd bound_socket(int type, const std::string& path) {
    unique_fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    const auto a = unix_address(path);
    BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
    return fd;
}

struct tcp_listener {
    unique_fd fd;
    std::string address;
};

tcp_listener listen_on(const char* host) {
    unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in a{};
    a.sin_family = AF_INET;
    ::inet_pton(AF_INET, host, &a.sin_addr);
    BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
    BOOST_TEST_REQUIRE(::listen(fd.get(), 16) == 0);
    socklen_t size = sizeof a;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&a), &size);
    return {std::move(fd), std::string(host) + ":" + std::to_string(ntohs(a.sin_port))};
}

/// `tugd --no-auth` with that socket as descriptor 3, and the variables that say so.
program start_with_socket(const unique_fd& socket, std::vector<std::string> arguments = {},
                          const std::string& pid = "$$") {
    std::vector<std::string> argv{
        "/bin/sh", "-c", "export LISTEN_PID=" + pid + " LISTEN_FDS=1; exec \"$0\" --no-auth \"$@\" 3<&0 0</dev/null",
        bin_dir() + "/tugd"};
    for (auto& a : arguments) argv.push_back(std::move(a));
    standard_fds fds;
    fds.in = socket.get();
    return program(std::move(argv), {}, fds);
}

run_result ping(const std::string& address) {
    return run({"tug", "ping"}, {}, {{"TUG_ADDRESS", address}});
}

/// The other end of NOTIFY_SOCKET.
class notifications {
public:
    [[nodiscard]] std::string path() const { return dir_ / "notify"; }

    /// The next message. It must come.
    std::string next() {
        pollfd p{socket_.get(), POLLIN, 0};
        constexpr int most_ms = static_cast<int>(std::chrono::milliseconds(bound).count());
        if (::poll(&p, 1, most_ms) != 1) throw std::runtime_error("no word of tugd");
        std::array<char, 4096> text{};
        const auto size = ::recv(socket_.get(), text.data(), text.size(), 0);
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

    /// The next message that begins so.
    std::string await(const std::string& beginning) {
        for (;;)
            if (auto text = next(); text.starts_with(beginning)) return text;
    }

private:
    temp_dir dir_;
    unique_fd socket_ = bound_socket(SOCK_DGRAM, path());
};

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_manager)

BOOST_AUTO_TEST_CASE(serves_the_socket_that_it_is_given_and_no_other) {
    const auto given = listen_on("127.0.0.1");
    auto tugd = start_with_socket(given.fd);
    BOOST_TEST(tugd.read_line() == "tugd listening on " + given.address);
    BOOST_TEST(ping(given.address).exit_code == 0);
    tugd.signal(SIGTERM);
    BOOST_TEST(tugd.wait() == 0);
    BOOST_TEST(tugd.out() == "tugd listening on " + given.address + "\n");
}

BOOST_AUTO_TEST_CASE(an_address_that_is_named_is_served_as_well) {
    const auto given = listen_on("127.0.0.1");
    auto tugd = start_with_socket(given.fd, {"--listen", "127.0.0.2:0"});
    BOOST_TEST(tugd.read_line() == "tugd listening on " + given.address);
    const auto other = tugd.read_line();
    BOOST_TEST(other.starts_with("tugd listening on 127.0.0.2:"));
    BOOST_TEST(ping(other.substr(other.rfind(' ') + 1)).exit_code == 0);
    tugd.signal(SIGTERM);
    BOOST_TEST(tugd.wait() == 0);
}

/// The manager keeps the socket: who comes while tugd is away waits, and is served by the next one.
BOOST_AUTO_TEST_CASE(a_restart_loses_no_connection) {
    const auto given = listen_on("127.0.0.1");
    auto first = start_with_socket(given.fd);
    first.await_out("listening");
    first.signal(SIGTERM);
    BOOST_TEST(first.wait() == 0);
    program waits({"tug", "exec", "--", "echo", "served"}, {{"TUG_ADDRESS", given.address}});
    pollfd p{given.fd.get(), POLLIN, 0};
    BOOST_TEST_REQUIRE(::poll(&p, 1, static_cast<int>(std::chrono::milliseconds(bound).count())) == 1);
    auto second = start_with_socket(given.fd);
    BOOST_TEST(waits.wait() == 0);
    BOOST_TEST(waits.out() == "served\n");
    second.signal(SIGTERM);
    BOOST_TEST(second.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_unix_socket_of_the_manager_stays) {
    const temp_dir dir;
    const std::string path = dir / "s";
    const auto given = bound_socket(SOCK_STREAM, path);
    BOOST_TEST_REQUIRE(::listen(given.get(), 16) == 0);
    auto tugd = start_with_socket(given);
    BOOST_TEST(tugd.read_line() == "tugd listening on unix:" + path);
    BOOST_TEST(ping("unix:" + path).exit_code == 0);
    tugd.signal(SIGTERM);
    BOOST_TEST(tugd.wait() == 0);
    BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_does_not_listen_is_refused) {
    const temp_dir dir;
    const auto given = bound_socket(SOCK_DGRAM, dir / "s");
    auto tugd = start_with_socket(given);
    BOOST_TEST(tugd.wait() == 1);
    BOOST_TEST(tugd.err().find("Accept=no") != std::string::npos, tugd.err());
}

/// The rules of --listen hold for a socket that another has opened.
BOOST_AUTO_TEST_CASE(an_exposed_socket_without_keys_is_refused) {
    const auto given = listen_on("0.0.0.0");
    auto tugd = start_with_socket(given.fd);
    BOOST_TEST(tugd.wait() == 1);
    BOOST_TEST(tugd.err().find("use --keys") != std::string::npos, tugd.err());
}

BOOST_AUTO_TEST_CASE(sockets_for_another_process_are_not_ours) {
    const auto given = listen_on("127.0.0.1");
    auto tugd = start_with_socket(given.fd, {"--listen", "127.0.0.1:0"}, "1");
    BOOST_TEST(tugd.read_line() != "tugd listening on " + given.address);
    tugd.signal(SIGTERM);
    BOOST_TEST(tugd.wait() == 0);
}

BOOST_AUTO_TEST_CASE(says_ready_reloading_and_stopping) {
    notifications manager;
    tugd_process tugd({"--no-auth", "--listen", "127.0.0.1:0"}, {{"NOTIFY_SOCKET", manager.path()}});
    BOOST_TEST(manager.next() == "READY=1\nSTATUS=listening on " + tugd.address());
    tugd.it().signal(SIGHUP);
    BOOST_TEST(manager.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    BOOST_TEST(manager.next().starts_with("READY=1\n"));
    BOOST_TEST(tugd.stop() == 0);
    BOOST_TEST(manager.next().starts_with("STOPPING=1\n"));
}

/// There is no key file at a reload: the manager is told all the same that it is over.
BOOST_AUTO_TEST_CASE(a_reload_that_fails_is_over_too) {
    notifications manager;
    const temp_dir dir;
    const std::string keys = dir / "keys";
    BOOST_TEST_REQUIRE(run({"tug", "keygen", "k", "-o", keys}).exit_code == 0);
    tugd_process tugd({"--keys", keys, "--listen", "127.0.0.1:0"}, {{"NOTIFY_SOCKET", manager.path()}});
    manager.await("READY=1");
    std::filesystem::remove(keys);
    tugd.it().signal(SIGHUP);
    manager.await("RELOADING=1");
    manager.await("READY=1");
}

BOOST_AUTO_TEST_CASE(says_that_it_is_alive_where_it_is_watched) {
    notifications manager;
    tugd_process tugd({"--no-auth", "--listen", "127.0.0.1:0"},
                      {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "20000"}});
    for (int i = 0; i < 3; ++i) manager.await("WATCHDOG=1");
    BOOST_TEST(tugd.stop() == 0);
}

BOOST_AUTO_TEST_CASE(commands_cannot_speak_to_the_manager) {
    notifications manager;
    tugd_process tugd({"--no-auth", "--listen", "127.0.0.1:0"},
                      {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "60000000"}});
    const auto out = run({"tug", "exec", "--", "cat", "/proc/self/environ"}, {}, {{"TUG_ADDRESS", tugd.address()}}).out;
    BOOST_TEST(out.find("PATH=") != std::string::npos);
    BOOST_TEST(out.find("NOTIFY_SOCKET") == std::string::npos);
    BOOST_TEST(out.find("WATCHDOG_USEC") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
