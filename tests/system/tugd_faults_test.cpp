// The disk fails under a put: a named error, the old file whole, nothing left behind, and tugd goes on. strace makes
// the system calls of the real binary fail.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/syscall.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace utf = boost::unit_test;
namespace fs = std::filesystem;

namespace tug::test {

namespace {

constexpr auto strace = "/usr/bin/strace";

boost::test_tools::assertion_result can_trace(utf::test_unit_id) {
    boost::test_tools::assertion_result able(fs::exists(strace) &&
                                             run({strace, "-o", "/dev/null", "true"}).exit_code == 0);
    able.message() << "strace is missing, or tracing is not permitted here";
    return able;
}

struct fault {
    std::string name;
    std::vector<std::string> inject; ///< For strace -e.
    std::string error;               ///< What the put answers.
    std::string os_error;
    bool replaces = true; ///< The target exists before.
};

// The first writes of each thread are spared: the main thread says where tugd listens, and its signals and event loops
// write to themselves. Files are written by the others.
const std::vector<fault> faults{
#ifndef TUG_SANITIZED // UBSan tries pointers by writing from them, many times
    {"ENOSPC on write", {"inject=write:error=ENOSPC:when=16+"}, "no_space", "ENOSPC"},
    {"EDQUOT on write", {"inject=write:error=EDQUOT:when=16+"}, "no_space", "EDQUOT"},
    {"EIO on write", {"inject=write:error=EIO:when=16+"}, "io_error", "EIO"},
#endif
    {"EIO on fsync", {"inject=fsync:error=EIO"}, "io_error", "EIO"},
    {"ENOSPC on fsync", {"inject=fsync:error=ENOSPC"}, "no_space", "ENOSPC"},
    {"EIO on linkat", {"inject=linkat:error=EIO"}, "io_error", "EIO"},
    {"ENOSPC on linkat of a new file", {"inject=linkat:error=ENOSPC"}, "no_space", "ENOSPC", false},
    {"EIO on rename", {"inject=?rename,renameat,renameat2:error=EIO"}, "io_error", "EIO"},
    {"ENOSPC on rename", {"inject=?rename,renameat,renameat2:error=ENOSPC"}, "no_space", "ENOSPC"},
    {"EPERM on fchmod", {"inject=fchmod:error=EPERM"}, "permission_denied", "EPERM"},
};

/// A tugd whose system calls fail. -D keeps it our child, with strace beside it.
launch traced(const std::vector<std::string>& inject) {
    launch how;
    how.wrapper = {strace, "-D",        "-f", "-q",
                   "-o",   "/dev/null", "-e", "trace=write,fsync,linkat,fchmod,?rename,renameat,renameat2"};
    for (const auto& one : inject) how.wrapper.insert(how.wrapper.end(), {"-e", one});
    how.wrapper.emplace_back("--");
    how.env = with_asan_options("detect_leaks=0"); // the leak checker is a tracer itself, and there is one already
    return how;
}

/// In pieces of 256 KiB at most these are 128 writes: one of the 8 threads comes to its sixteenth.
std::string content(char fill) {
    return std::string(32 * 1024 * 1024, fill);
}

std::vector<std::string> files_in(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
    return names;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_faults)

BOOST_AUTO_TEST_CASE(a_put_that_the_disk_fails, *utf::precondition(can_trace)) {
    for (const auto& fault : faults) BOOST_TEST_CONTEXT(fault.name) {
            tugd_under_test tugd({"--log-level", "off", "--threads", "1"}, traced(fault.inject));
            const auto old = content('o');
            if (fault.replaces) write_file(tugd.in_root("file"), old);
            auto client = tugd.connect();
            for (int again = 0; again < 2; ++again) {
                const auto answer = client.put("file", content('n'));
                BOOST_TEST(answer.error() == fault.error);
                BOOST_TEST(answer.data("errno") == json_text(fault.os_error));
                BOOST_TEST(answer.data("stored") == "");
                if (fault.replaces) BOOST_TEST((read_file(tugd.in_root("file")) == old));
                BOOST_TEST(files_in(tugd.root()).size() == (fault.replaces ? 1U : 0U));
            }
            BOOST_TEST(client.ask("rpc.ping").error() == "");
            BOOST_TEST(client.ask("exec", {{"argv", {"true"}}}).error() == "");
            BOOST_TEST(tugd.stop() == 0);
        }
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_synced, *utf::precondition(can_trace)) {
    // The first fsync of a commit is the file's, the second, of the same thread, that of its directory.
    tugd_under_test tugd({"--log-level", "off", "--threads", "1"}, traced({"inject=fsync:error=EIO:when=2"}));
    auto client = tugd.connect();
    const auto answer = client.put("file", "new");
    BOOST_TEST(answer.error() == "io_error");
    BOOST_TEST(answer.data("stored") == "true");
    BOOST_TEST(answer.data("errno") == json_text("EIO"));
    BOOST_TEST(read_file(tugd.in_root("file")) == "new");
    BOOST_TEST(files_in(tugd.root()).size() == 1U);
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    BOOST_TEST(tugd.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_disk_that_does_not_answer_does_not_keep_tugd, *utf::precondition(can_trace)) {
    tugd_under_test tugd({"--grace", "0.1"}, traced({"inject=fsync:delay_enter=600s"}));
    auto client = tugd.connect();
    const auto id = client.call("put", {{"path", "file"}});
    client.write(id, "data", "content");
    const auto in_fsync = [&] {
        for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(tugd.pid()) + "/task"))
            if (read_file(task.path() / "syscall").starts_with(std::to_string(SYS_fsync) + " ")) return true;
        return false;
    };
    BOOST_TEST_REQUIRE(eventually(in_fsync));
    BOOST_TEST(tugd.connect().ask("rpc.ping").error() == "");
    tugd.signal(SIGTERM);
    BOOST_TEST(eventually([&] { return tugd.log().find(" stuck ") != std::string::npos; }, bound), tugd.log());
    // Here it is strace that holds the thread.
    for (const auto pid : processes_with(tugd.root().string()))
        if (pid != tugd.pid()) ::kill(pid, SIGKILL);
    BOOST_TEST(tugd.wait() == 1);
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow) {
    launch how;
    how.wrapper = {"/usr/bin/prlimit", "--fsize=100000", "--"};
    const tugd_under_test tugd({"--log-level", "off"}, how);
    auto client = tugd.connect();
    const auto answer = client.put("file", content('n'));
    BOOST_TEST(answer.error() == "io_error");
    BOOST_TEST(answer.data("errno") == json_text("EFBIG"));
    BOOST_TEST(files_in(tugd.root()).empty());
    BOOST_TEST(client.put("file", "small").error() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
