// What a program that cannot be started is told to lack.

#include "process_support.hpp"

#include "process/spawn_failure.hpp"
#include "support/mounted.hpp"

#include <sys/mount.h>

#include <cerrno>
#include <string>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {
    /// The message of the failure, with its name and errno in front.
    std::string refusal(const spawn_request& r) {
        auto process = spawn(r);
        if (process) return "started";
        const auto& why = process.error();
        return std::string(name_of(why.code)) + " " + why.os_error + " " + why.message;
    }

    /// That of a file of that content.
    std::string refusal_of(const std::string& text, mode_t mode = 0755) {
        return refusal(request({dir.write("program", text, mode)}));
    }

    command_dir dir;
};

bool has(const std::string& text, std::initializer_list<std::string_view> words) {
    return std::ranges::all_of(words, [&](std::string_view w) { return text.find(w) != std::string::npos; });
}

/// The first 64 bytes of a program of 64 bits for that machine, with one segment behind them that names a loader.
std::string elf(char machine, const std::string& loader) {
    std::string file("\x7f"
                     "ELF\x02\x01\x01",
                     7);
    file.resize(64 + 56);
    file[16] = 2; // executable
    file[18] = machine;
    file[20] = 1;
    file[32] = 64;  // where the segments are
    file[54] = 56;  // the size of one
    file[56] = 1;   // their number
    file[64] = 3;   // an interpreter
    file[72] = 120; // its place
    file[96] = static_cast<char>(loader.size() + 1);
    return file + loader + '\0';
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(spawn_failure_test, fixture)

BOOST_AUTO_TEST_CASE(an_interpreter_that_is_missing_is_named) {
    auto text = refusal_of("#! /opt/none -x\n");
    BOOST_TEST(has(text, {"exec_not_found ENOENT", "\"/opt/none\"", "install"}), text);
    BOOST_TEST(!has(text, {"DOS"}), text);
    text = refusal_of("#!/bin/sh\r\necho x\r\n");
    BOOST_TEST(has(text, {"exec_not_found ENOENT", "\"/bin/sh\\r\"", "DOS line ends"}), text);
    // That of an interpreter, and one found by PATH.
    const auto outer = dir.write("outer", "#!" + dir.write("inner", "#!/opt/none\n") + "\n");
    text = refusal(request({outer}));
    BOOST_TEST(has(text, {"exec_not_found", "\"/opt/none\""}), text);
    text = refusal(request({"inner"}, {"PATH=/nowhere:" + dir.path().string()}));
    BOOST_TEST(has(text, {"exec_not_found", "inner", "\"/opt/none\""}), text);
    const auto fd = dir.open();
    auto r = request({"./inner"});
    r.cwd_fd = fd.get();
    text = refusal(r);
    BOOST_TEST(has(text, {"\"./inner\"", "\"/opt/none\""}), text);
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(a_loader_that_is_missing_is_named) {
    const auto text = refusal_of(elf(62, "/lib/ld-musl-none.so.1"));
    BOOST_TEST(has(text, {"exec_not_found ENOENT", "\"/lib/ld-musl-none.so.1\""}), text);
}
#endif

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there) {
    auto text = refusal(request({"no-such-program"}));
    BOOST_TEST(has(text, {"exec_not_found", "\"no-such-program\"", "PATH of the command"}), text);
    auto r = request({"no-such-program"});
    r.search_in = {"/bin"};
    text = refusal(r);
    BOOST_TEST(has(text, {"PATH of tugd", "absolute"}), text);
    text = refusal(request({dir / "none"}));
    BOOST_TEST(has(text, {"exec_not_found", "none"}), text);
    BOOST_TEST(!has(text, {"PATH"}), text);
    text = refusal(request({""}));
    BOOST_TEST(has(text, {"exec_not_found", "empty"}), text);
    text = refusal(request({"/etc/passwd/x"}));
    BOOST_TEST(has(text, {"exec_not_found ENOTDIR", "no directory"}), text);
    // A long name leaves room for the rest.
    text = refusal(request({"/" + std::string(200, 'x')}));
    BOOST_TEST(text.size() < 400U);
}

BOOST_AUTO_TEST_CASE(what_may_not_be_executed) {
    auto text = refusal_of("#!/bin/sh\n", 0644);
    BOOST_TEST(has(text, {"permission_denied EACCES", "chmod +x"}), text);
    text = refusal(request({dir.path().string()}));
    BOOST_TEST(has(text, {"permission_denied EACCES", "is a directory"}), text);
    text = refusal(request({"/dev/null"}));
    BOOST_TEST(has(text, {"permission_denied EACCES", "no regular file"}), text);
    text = refusal_of("#!" + dir.write("plain", "", 0644) + "\n");
    BOOST_TEST(has(text, {"permission_denied EACCES", "interpreter", "plain"}), text);
}

BOOST_AUTO_TEST_CASE(for_another_user_no_more_is_told,
                     *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    auto r = request({"/root/no/such"});
    r.run_as = user{65534, 65534, {}};
    const auto text = refusal(r);
    BOOST_TEST(has(text, {"permission_denied EACCES", "user that commands run as"}), text);
}

BOOST_AUTO_TEST_CASE(a_file_system_without_programs,
                     *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    const auto over = tug::test::mounted::tmpfs(dir.path(), "", MS_NOEXEC);
    BOOST_REQUIRE(over.done());
    const auto text = refusal_of("#!/bin/sh\n");
    BOOST_TEST(has(text, {"permission_denied EACCES", "noexec"}), text);
}

BOOST_AUTO_TEST_CASE(what_is_no_program) {
    auto text = refusal_of("echo x\n");
    BOOST_TEST(has(text, {"exec_failed ENOEXEC", "#!/bin/sh"}), text);
    text = refusal_of("");
    BOOST_TEST(has(text, {"exec_failed ENOEXEC", "is empty"}), text);
    text = refusal_of(elf(22, "/lib/ld64.so.1")); // s390
    BOOST_TEST(has(text, {"exec_failed ENOEXEC", "another kind of machine"}), text);
}

BOOST_AUTO_TEST_CASE(what_is_too_large) {
    auto text = refusal(request({"echo", std::string(131'072, 'x')}));
    BOOST_TEST(has(text, {"exec_failed E2BIG", "131072 in the longest", "131071", "stdin"}), text);
    BOOST_TEST(output(request({"echo", "-n", std::string(131'071, 'x')})).size() == 131'071U);
    std::vector<std::string> many(2'000, std::string(9'999, 'x'));
    many.front() = "echo";
    text = refusal(request(many, {"A=1"}));
    BOOST_TEST(has(text, {"exec_failed E2BIG", ": 20006017 bytes"}), text); // with a pointer of 8 bytes for each
}

BOOST_AUTO_TEST_CASE(what_leads_to_itself) {
    std::filesystem::create_symlink(dir / "loop", dir / "loop");
    const auto text = refusal(request({dir / "loop"}));
    BOOST_TEST(has(text, {"exec_failed ELOOP", "loop of symlinks"}), text);
}

BOOST_AUTO_TEST_CASE(what_is_being_written) {
    const auto file = dir.write("busy", "#!/bin/sh\n");
    const tug::os::unique_fd writer(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    const auto text = refusal(request({file}));
    BOOST_TEST(has(text, {"exec_failed ETXTBSY", "open for writing"}), text);
}

/// No errno is without a text, and each keeps its name.
BOOST_AUTO_TEST_CASE(every_errno) {
    const auto r = request({"/bin/true"});
    for (int err = 1; err < 134; ++err)
        for (const auto& why : {setup_failure(err), program_failure(err, r)}) {
            BOOST_TEST(why.message.size() > why.os_error.size() + 10);
            BOOST_TEST(why.message.size() <= 512U);
            BOOST_TEST(why.message.find(why.os_error) != std::string::npos);
        }
}

BOOST_AUTO_TEST_SUITE_END()
