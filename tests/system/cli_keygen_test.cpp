#include "support/build_paths.hpp"
#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

unsigned mode_of(const std::string& path) {
    struct stat status{};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

/// Puts the umask back.
class with_umask {
public:
    explicit with_umask(mode_t mask) : old_(::umask(mask)) {}

    ~with_umask() { ::umask(old_); }

    with_umask(const with_umask&) = delete;
    with_umask& operator=(const with_umask&) = delete;

private:
    mode_t old_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_keygen, temp_dir)

BOOST_AUTO_TEST_CASE(a_line_on_stdout) {
    const auto r = run({"tug", "keygen", "me"});
    BOOST_TEST(r.exit_code == 0);
    BOOST_TEST(r.err.empty());
    const auto words = words_of(r.out);
    BOOST_REQUIRE(words.size() == 3U);
    BOOST_TEST(words[0] == "me");
    BOOST_TEST(words[1].size() == 44U); // 32 bytes
    BOOST_TEST(words[1].back() == '=');
    BOOST_TEST(words[2] == "exec,put,get");
    BOOST_TEST(r.out.back() == '\n');
}

BOOST_AUTO_TEST_CASE(no_two_keys_are_alike) {
    BOOST_TEST(run({"tug", "keygen", "me"}).out != run({"tug", "keygen", "me"}).out);
}

BOOST_AUTO_TEST_CASE(a_file_is_for_its_owner_alone) {
    for (const mode_t mask : {mode_t{0}, mode_t{0277}}) {
        const with_umask set(mask);
        const auto path = *this / ("keys" + std::to_string(mask));
        const auto r = run({"tug", "keygen", "me", "-o", path});
        BOOST_TEST(r.exit_code == 0);
        BOOST_TEST(r.out.empty());
        BOOST_TEST(mode_of(path) == 0600U);
        const auto key = words_of(read_file(path)).at(1);
        BOOST_TEST(!contains(r.err, key));
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_is_not_overwritten) {
    const auto path = *this / "keys";
    write_file(path, "precious\n");
    check_failed(run({"tug", "keygen", "me", "-o", path}), 1, "--append");
    BOOST_TEST(read_file(path) == "precious\n");
    std::filesystem::create_symlink(*this / "elsewhere", *this / "link");
    BOOST_TEST(run({"tug", "keygen", "me", "-o", *this / "link"}).exit_code == 1);
    BOOST_TEST(!std::filesystem::exists(*this / "elsewhere"));
}

BOOST_AUTO_TEST_CASE(append_adds_a_line) {
    const auto path = *this / "keys";
    BOOST_TEST(run({"tug", "keygen", "one", "-o", path, "--append"}).exit_code == 0);
    BOOST_TEST(mode_of(path) == 0600U);
    auto text = read_file(path);
    text.pop_back(); // a last line without its end, as editors may leave it
    write_file(path, text);
    BOOST_TEST(run({"tug", "keygen", "two", "-o", path, "--append", "--permissions", "get"}).exit_code == 0);
    const auto words = words_of(read_file(path));
    BOOST_REQUIRE(words.size() == 6U);
    BOOST_TEST(words[0] == "one");
    BOOST_TEST(words[3] == "two");
    BOOST_TEST(words[5] == "get");
    check_failed(run({"tug", "keygen", "two", "-o", path, "--append"}), 1, "two");
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    check_failed(run({"tug", "keygen", "three", "-o", path, "--append"}), 1, "chmod 600");
}

BOOST_AUTO_TEST_CASE(append_finds_the_id_between_all_blanks) {
    const auto path = *this / "keys";
    BOOST_TEST(run({"tug", "keygen", "laptop", "-o", path}).exit_code == 0);
    const auto words = words_of(read_file(path));
    const auto rest = words.at(1) + "\t" + words.at(2) + "\n";
    for (const std::string start : {"laptop ", "laptop\t", "\tlaptop\t", "  laptop \t", "# keys\n\n \tlaptop\t"}) {
        write_file(path, start + rest);
        check_failed(run({"tug", "keygen", "laptop", "-o", path, "--append"}), 1, "laptop");
        BOOST_TEST(read_file(path) == start + rest);
    }
    for (const std::string start :
         {"# laptop ", "#\tlaptop\t", "#laptop ", "laptop2\t", "my-laptop\t", "x\tlaptop\t"}) {
        write_file(path, start + rest);
        BOOST_TEST(run({"tug", "keygen", "laptop", "-o", path, "--append"}).exit_code == 0);
        BOOST_TEST(read_file(path).starts_with(start + rest + "laptop "));
    }
}

/// Mounted into containers as links to files that others can read; and as what a shell makes of `<(…)`.
BOOST_AUTO_TEST_CASE(keys_from_mounted_secrets) {
    const auto path = *this / "secret";
    BOOST_TEST(run({"tug", "keygen", "one", "-o", path}).exit_code == 0);
    std::filesystem::permissions(path, std::filesystem::perms(0444));
    std::filesystem::create_symlink("secret", *this / "key");
    const auto key = *this / "key";
    tugd_process daemon(
        {"--listen", "127.0.0.1:0", "--root", this->path().string(), "--keys", key, "--key-file-mode", "any"});
    const auto ping = [&](std::vector<std::string> extra) {
        std::vector<std::string> argv{"tug", "ping", daemon.address()};
        argv.insert(argv.end(), extra.begin(), extra.end());
        return run(argv).exit_code;
    };
    BOOST_TEST(ping({"--key-file", key}) == 1);
    BOOST_TEST(ping({"--key-file", key, "--key-file-mode", "any"}) == 0);
    BOOST_TEST(ping({"--key-file", key, "--key-file-mode", "some"}) == 2);
    const auto shell = bin_dir() + "/tug ping " + daemon.address() + " --key-file <(cat " + path + ")";
    BOOST_TEST(run({"/bin/bash", "-c", shell}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(the_keys_of_a_file_work_each) {
    const auto path = *this / "keys";
    BOOST_TEST(run({"tug", "keygen", "one", "-o", path}).exit_code == 0);
    BOOST_TEST(run({"tug", "keygen", "two", "-o", path, "--append", "--permissions", "get"}).exit_code == 0);
    tugd_process daemon({"--listen", "127.0.0.1:0", "--root", this->path().string(), "--keys", path});
    const auto exec = [&](std::vector<std::string> extra) {
        std::vector<std::string> argv{"tug", "exec", daemon.address(), "--key-file", path};
        argv.insert(argv.end(), extra.begin(), extra.end());
        argv.insert(argv.end(), {"--", "echo", "ran"});
        return run(argv);
    };
    check_output(exec({}), "ran\n");
    check_output(exec({"--key", "one"}), "ran\n");
    check_failed(exec({"--key", "two"}), 126, "permission_denied");
    BOOST_TEST(run({"tug", "keygen", "one", "-o", *this / "other"}).exit_code == 0);
    check_failed(run({"tug", "ping", daemon.address(), "--key-file", *this / "other"}), 1, "auth_failed");
    std::filesystem::permissions(*this / "other", std::filesystem::perms(0640));
    check_failed(run({"tug", "ping", daemon.address(), "--key-file", *this / "other"}), 1, "bad_key_file");
}

BOOST_AUTO_TEST_CASE(what_makes_no_key) {
    check_failed(run({"tug", "keygen"}), 2, "ID");
    check_failed(run({"tug", "keygen", "a b"}), 2, "a b");
    check_failed(run({"tug", "keygen", "#x"}), 2, "#x");
    check_failed(run({"tug", "keygen", "x", "--permissions", "exec,fly"}), 2, "exec,fly");
    check_failed(run({"tug", "keygen", "x", "--permissions", "exec,"}), 2, "permissions");
    check_failed(run({"tug", "keygen", "x", "--permissions", "put,put"}), 2, "put,put");
    check_failed(run({"tug", "keygen", "x", "--append"}), 2, "-o");
    check_failed(run({"tug", "keygen", "x", "-o", *this / "no/dir"}), 1, "No such file");
}

/// What keygen writes tugd reads, and obeys; the SDK reads past it.
BOOST_AUTO_TEST_CASE(rules_of_a_key) {
    const auto path = *this / "keys";
    const environment other{{"TUG_ROOT", "/elsewhere"}, {"TUG_ENV", "X"}}; // tugd's, and exec's
    BOOST_TEST(run({"tug", "keygen", "me", "-o", path, "--root", "/box", "--argv0", "echo", "--argv0", "/bin/l*",
                    "--allow-env", "LC_*"},
                   {}, other)
                   .exit_code == 0);
    BOOST_TEST(contains(read_file(path), " exec,put,get root=/box argv0=echo argv0=/bin/l* env=LC_*\n"));
    std::filesystem::create_directory(*this / "box");
    write_file(*this / "box/file", "own");
    tugd_process daemon({"--listen", "127.0.0.1:0", "--root", this->path().string(), "--keys", path});
    const auto exec = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"tug", "exec", daemon.address(), "--key-file", path});
        return run(more);
    };
    check_output(exec({"--", "echo", "ran"}), "ran\n");
    check_output(exec({"-e", "LC_ALL=C", "--", "/bin/ls"}), "file\n");
    check_failed(exec({"--", "cat", "file"}), 126, "argv0=");
    check_failed(exec({"--shell", "echo"}), 126, "/bin/sh");
    check_output(run({"tug", "get", "tug://" + daemon.address() + "/file", "-", "--key-file", path}), "own");
    BOOST_TEST(!contains(run({"tug", "keygen", "me"}, {}, other).out, "root="));
}

BOOST_AUTO_TEST_CASE(rules_that_are_wrong) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"--root", "srv"}, "--root"},
        {{"--root", ""}, "--root"},
        {{"--root", "/a b"}, "--root"},
        {{"--argv0", "./git"}, "./git"},
        {{"--argv0", "/usr/../git"}, "/usr/../git"},
        {{"--argv0", "a b"}, "--argv0"},
        {{"--argv0", "git", "--permissions", "get"}, "exec"},
        {{"--allow-env", "X"}, "--argv0"},
        {{"--argv0", "git", "--allow-env", "PATH"}, "PATH"},
        {{"--argv0", "git", "--allow-env", "A=b"}, "A=b"},
    };
    for (const auto& [flags, word] : cases) {
        std::vector<std::string> argv{"tug", "keygen", "x"};
        argv.insert(argv.end(), flags.begin(), flags.end());
        check_failed(run(argv), 2, word);
    }
}

BOOST_AUTO_TEST_CASE(json_holds_no_key) {
    const auto path = *this / "keys";
    const auto r = run({"tug", "keygen", "me", "-o", path, "--json"});
    const auto o = json_of(r);
    BOOST_TEST(o.at("id").as_string() == "me");
    BOOST_TEST(!contains(r.out, words_of(read_file(path)).at(1)));
}

BOOST_AUTO_TEST_SUITE_END()
