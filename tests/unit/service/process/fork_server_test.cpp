#include "process/fork_server.hpp"

#include "os/passed_descriptors.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace tug::test {

namespace {

using service::fork_server;

struct ends {
    explicit ends(int type) {
        std::array<int, 2> both{};
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, both.data()) == 0);
        ours.reset(both[0]);
        its.reset(both[1]);
    }

    os::unique_fd ours;
    os::unique_fd its;
};

std::string all_of(int fd) {
    std::string out;
    std::array<char, 256> piece{};
    for (ssize_t n = 0; (n = ::read(fd, piece.data(), piece.size())) > 0;)
        out.append(piece.data(), static_cast<std::size_t>(n));
    return out;
}

/// What is run in a process that was forked: it says what it was given.
int say(std::string_view mode, std::span<char*> arguments) {
    std::string text(mode);
    for (std::size_t n = 1; n < arguments.size(); ++n) text += std::string(" ") + arguments[n];
    text += ::getpid() == ::gettid() ? " one thread" : "";
    const auto written = ::write(std::atoi(arguments[0]), text.data(), text.size());
    ::_exit(written > 0 ? 7 : 8);
}

/// A fork server that is a child of this process, and its end.
class forked_server {
public:
    forked_server() : requests_(SOCK_SEQPACKET) {
        process_ = ::fork();
        if (process_ != 0) {
            requests_.its.reset();
            return;
        }
        requests_.ours.reset();
        auto number = std::to_string(requests_.its.release());
        std::string mode = "say";
        std::string more = "more";
        std::array<char*, 3> arguments{number.data(), mode.data(), more.data()};
        ::_exit(service::fork_main(arguments, say));
    }

    forked_server(const forked_server&) = delete;
    forked_server& operator=(const forked_server&) = delete;

    ~forked_server() { end(); }

    [[nodiscard]] pid_t fork(int descriptor) const {
        const std::byte one{};
        BOOST_TEST_REQUIRE(
            service::pass_descriptors(requests_.ours.get(), std::span(&one, 1), std::span(&descriptor, 1)));
        int answer = 0;
        BOOST_TEST_REQUIRE(::recv(requests_.ours.get(), &answer, sizeof answer, 0) == sizeof answer);
        return answer;
    }

    /// Its exit code; -1 where it was ended before.
    int end() {
        requests_.ours.reset();
        int status = 0;
        if (process_ <= 0 || ::waitpid(process_, &status, 0) != process_) return -1;
        process_ = -1;
        return WEXITSTATUS(status);
    }

    void kill() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }

private:
    ends requests_;
    pid_t process_ = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(fork_server_test)

BOOST_AUTO_TEST_CASE(what_it_forks_is_a_child_of_its_parent) {
    forked_server server;
    for (int n = 0; n < 3; ++n) {
        ends talk(SOCK_STREAM);
        const auto pid = server.fork(talk.its.get());
        talk.its.reset();
        BOOST_TEST(all_of(talk.ours.get()) == "say more one thread"); // and neither of them has a copy of the socket
        int status = 0;
        BOOST_TEST_REQUIRE(::waitpid(pid, &status, 0) == pid);
        BOOST_TEST(WEXITSTATUS(status) == 7);
    }
    BOOST_TEST(server.end() == 0);
}

BOOST_AUTO_TEST_CASE(what_it_forked_goes_on_without_it) {
    forked_server server;
    ends talk(SOCK_STREAM);
    const auto pid = server.fork(talk.its.get());
    server.kill();
    int status = 0;
    BOOST_TEST_REQUIRE(::waitpid(pid, &status, 0) == pid);
    BOOST_TEST(WEXITSTATUS(status) == 7);
}

BOOST_AUTO_TEST_CASE(one_that_ends_or_is_not_there_is_a_failure) {
    const ends talk(SOCK_STREAM);
    std::thread([&] {
        fork_server ends_at_once("/bin/true", "mode", {});
        for (int n = 0; n < 2; ++n) { // another one each time
            const auto started = ends_at_once.start(talk.its.get());
            BOOST_TEST_REQUIRE(!started.has_value());
            BOOST_TEST((started.error().code == proto::errc::connection_lost));
            BOOST_TEST(ends_at_once.pid() == -1);
        }
        fork_server nowhere("/nowhere/tugd", "mode", {});
        const auto started = nowhere.start(talk.its.get());
        BOOST_TEST_REQUIRE(!started.has_value());
        BOOST_TEST(started.error().os_error == "ENOENT");
    }).join();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
