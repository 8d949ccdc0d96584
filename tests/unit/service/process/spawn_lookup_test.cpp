#include "process_support.hpp"

#include "process/spawn_lookup.hpp"

#include <sys/resource.h>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {
    /// The failure, as "name errno".
    std::string failure(const spawn_request& r) {
        auto process = spawn(r);
        if (process) return "started";
        return std::string(name_of(process.error().code)) + " " + process.error().os_error;
    }

    command_dir dir;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spawn_lookup_test, fixture)

using list = std::vector<std::string>;

list candidates(const std::string& name, const exec_strings& env) {
    return program_candidates(name, path_entries(path_of(env, 0)));
}

BOOST_AUTO_TEST_CASE(candidates_follow_path) {
    BOOST_TEST(candidates("x", {"A=1", "PATH=/a:/b/"}) == (list{"/a/x", "/b//x"}), boost::test_tools::per_element());
    BOOST_TEST(candidates("x", {"PATH="}) == (list{"x"}), boost::test_tools::per_element());
    BOOST_TEST(candidates("x", {"PATH=:/a::"}) == (list{"x", "/a/x", "x", "x"}), boost::test_tools::per_element());
    BOOST_TEST(candidates("./x", {"PATH=/a"}) == (list{"./x"}), boost::test_tools::per_element());
    BOOST_TEST(candidates("", {"PATH=/a"}).empty());
    BOOST_TEST(candidates("x", {"PATH=/" + std::string(5000, 'a') + ":/b"}) == (list{"/b/x"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_usual_path) {
    BOOST_TEST(path_of({}, 0) == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    BOOST_TEST(path_of({}, 1000) == "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
    BOOST_TEST(path_of({"PATH=/a"}, 0) == "/a");
}

/// Nowhere is not the cwd.
BOOST_AUTO_TEST_CASE(directories_of_the_request_take_the_place_of_path) {
    dir.write("tool", "#!/bin/sh\necho here\n");
    const auto fd = dir.open();
    auto r = request({"tool"}, {"PATH=."});
    r.cwd_fd = fd.get();
    BOOST_TEST(output(r) == "here\n");
    r.search_in.emplace();
    BOOST_TEST(failure(r) == "exec_not_found ENOENT");
    r.search_in = list{"/usr/bin"};
    BOOST_TEST(failure(r) == "exec_not_found ENOENT");
    r.search_in = list{dir.path().string()};
    BOOST_TEST(output(r) == "here\n");
}

BOOST_AUTO_TEST_CASE(first_in_the_path_of_the_child_wins) {
    std::filesystem::create_directories(dir / "a");
    std::filesystem::create_directories(dir / "b");
    dir.write("a/tool", "#!/bin/sh\necho a\n");
    dir.write("b/tool", "#!/bin/sh\necho b\n");
    const std::string path = "PATH=" + (dir / "none") + ":" + (dir / "a") + ":" + (dir / "b");
    BOOST_TEST(output(request({"tool"}, {path})) == "a\n");
    dir.write("a/tool", "", 0644);
    BOOST_TEST(output(request({"tool"}, {path})) == "b\n");
    dir.write("b/tool", "", 0644);
    BOOST_TEST(failure(request({"tool"}, {path})) == "permission_denied EACCES");
    BOOST_TEST(failure(request({"sh"}, {path})) == "exec_not_found ENOENT");
}

BOOST_AUTO_TEST_CASE(without_path_the_default_is_searched) {
    BOOST_TEST(output(request({"echo", "x"}, {"A=1"})) == "x\n");
}

BOOST_AUTO_TEST_CASE(a_slash_or_an_empty_entry_is_relative_to_the_cwd) {
    dir.write("tool", "#!/bin/sh\necho here\n");
    const auto fd = dir.open();
    auto r = request({"./tool"}, {"PATH=/usr/bin"});
    r.cwd_fd = fd.get();
    BOOST_TEST(output(r) == "here\n");
    r.argv = {"tool"};
    BOOST_TEST(failure(r) == "exec_not_found ENOENT");
    r.env = {"PATH=/usr/bin:"};
    BOOST_TEST(output(r) == "here\n");
}

BOOST_AUTO_TEST_CASE(failures_have_their_names) {
    BOOST_TEST(failure(request({"no-such-program"})) == "exec_not_found ENOENT");
    BOOST_TEST(failure(request({dir / "none"})) == "exec_not_found ENOENT");
    BOOST_TEST(failure(request({""})) == "exec_not_found ENOENT");
    BOOST_TEST(failure(request({"/etc/passwd/x"})) == "exec_not_found ENOTDIR");
    BOOST_TEST(failure(request({dir.path().string()})) == "permission_denied EACCES");
    BOOST_TEST(failure(request({dir.write("plain", "x", 0644)})) == "permission_denied EACCES");
    BOOST_TEST(failure(request({dir.write("text", "echo not run by a shell\n")})) == "exec_failed ENOEXEC");
    BOOST_TEST(failure(request({dir.write("lost", "#!/no/such/interpreter\n")})) == "exec_not_found ENOENT");
    BOOST_TEST(failure(request({"/" + std::string(300, 'x')})) == "exec_failed ENAMETOOLONG");
    BOOST_TEST(failure(request({"echo", std::string(3'000'000, 'x')})) == "exec_failed E2BIG");
    BOOST_TEST(failure(spawn_request{}) == "invalid_params ");
}

BOOST_AUTO_TEST_CASE(a_cwd_that_cannot_be_entered_fails_as_a_file) {
    const tug::os::unique_fd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    auto r = request({"echo"});
    r.cwd_fd = file.get();
    BOOST_TEST(failure(r) == "not_found ENOTDIR");
}

BOOST_AUTO_TEST_CASE(a_limit_that_cannot_be_set_fails_the_spawn) {
    auto r = request({"echo"});
    r.open_files = rlimit{200, 100};
    BOOST_TEST(failure(r) == "exec_failed EINVAL");
}

BOOST_AUTO_TEST_CASE(without_free_descriptors_it_is_busy) {
    rlimit old{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    const rlimit none{3, old.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto text = failure(request({"echo"}));
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
    BOOST_TEST(text == "busy EMFILE");
    BOOST_TEST(output(request({"echo", "x"})) == "x\n");
}

BOOST_AUTO_TEST_SUITE_END()
