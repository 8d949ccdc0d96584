#include "process/helper_process.hpp"

#include "support/proc.hpp"
#include "support/temp_dir.hpp"
#include <tug/os/unique_fd.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

namespace tug::test {

namespace {

using service::helper_process;
using service::helper_start;

/// Runs on a thread of its own, as a helper is no child of the main thread.
template <class Function>
void on_a_thread(Function f) {
    std::thread(f).join();
}

/// Notes in a file that it was run by a child.
class exit_handler {
public:
    static void at_exit(std::string note) {
        note_ = std::move(note);
        parent_ = ::getpid();
        BOOST_TEST_REQUIRE(std::atexit([] {
                               if (::getpid() != parent_) write_file(note_, "");
                           }) == 0);
    }

private:
    inline static std::string note_;
    inline static pid_t parent_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(helper_process_test)

BOOST_AUTO_TEST_CASE(a_helper_has_the_descriptors_that_are_meant_and_no_other) {
    const temp_dir dir;
    const std::string script = dir / "helper";
    // A shell that lists its descriptors; it reads the list by the lowest number that is free.
    write_file(script, "#!/bin/sh\nset -- /proc/$$/fd/*\necho \"$*\" >&$KEPT\nexec sleep 1000\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    const os::unique_fd lowest(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    const os::unique_fd before(::open("/dev/zero", O_RDONLY)); // not close-on-exec, as a library may leave one
    const os::unique_fd kept(::open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const os::unique_fd behind(::open("/dev/zero", O_RDONLY));
    BOOST_TEST_REQUIRE((lowest && before && kept && behind));
    ::setenv("KEPT", std::to_string(kept.get()).c_str(), 1); // NOLINT(concurrency-mt-unsafe): there is one thread
    on_a_thread([&] {
        service::helper_starter starter;
        helper_start how;
        how.program = script;
        how.mode = "test";
        how.descriptors = {kept.get()};
        auto helper = starter.start(how);
        BOOST_TEST_REQUIRE(helper.has_value());
        BOOST_TEST(eventually([&] { return read_file(dir / "out").ends_with("\n"); }));
        const auto found = read_file(dir / "out");
        const auto has = [&](int fd) { return found.find("/fd/" + std::to_string(fd)) != std::string::npos; };
        for (const int fd : {0, 1, 2, kept.get()}) BOOST_TEST(has(fd), fd << " is missing in " << found);
        for (const int fd : {before.get(), behind.get()}) BOOST_TEST(!has(fd), fd << " leaked: " << found);
        helper->kill();
    });
}

BOOST_AUTO_TEST_CASE(it_is_reaped_once_it_has_ended_and_left_alone_before) {
    on_a_thread([] {
        service::helper_starter starter;
        helper_start how;
        how.program = "/bin/false";
        auto helper = starter.start(how);
        BOOST_TEST_REQUIRE(helper.has_value());
        BOOST_TEST(eventually([&] { return helper->reap_if_ended(); }));
        BOOST_TEST(helper->reap_if_ended());
        BOOST_TEST(::kill(helper->pid(), 0) != 0);
    });
}

BOOST_AUTO_TEST_CASE(it_has_time_for_an_end_of_its_own) {
    const temp_dir dir;
    const auto write = [&](const std::string& name, const std::string& script) {
        write_file(dir / name, "#!/bin/sh\n" + script);
        std::filesystem::permissions(dir / name, std::filesystem::perms::owner_all);
    };
    write("obeys", "read x; echo bye >" + (dir / "said") + "\n");
    write("stays", "exec sleep 1000");
    on_a_thread([&] {
        service::helper_starter starter;
        helper_start how;
        how.program = dir / "obeys";
        auto obeys = starter.start(how);
        BOOST_TEST_REQUIRE(obeys.has_value());
        obeys->end_within(std::chrono::seconds(20));
        BOOST_TEST(read_file(dir / "said") == "bye\n");
        how.program = dir / "stays";
        auto stays = starter.start(how);
        BOOST_TEST_REQUIRE(stays.has_value());
        stays->end_within(std::chrono::milliseconds(1));
        BOOST_TEST(::kill(stays->pid(), 0) != 0);
    });
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_a_failure) {
    const temp_dir dir;
    exit_handler::at_exit(dir / "handled");
    on_a_thread([&] {
        service::helper_starter starter;
        helper_start how;
        how.program = "/nowhere/tugd";
        const auto helper = starter.start(how);
        BOOST_TEST_REQUIRE(!helper.has_value());
        BOOST_TEST(helper.error().os_error == "ENOENT");
        BOOST_TEST((::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD), "a zombie is left");
    });
    BOOST_TEST(!std::filesystem::exists(dir / "handled"), "the child ran the exit handlers of this process");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
