// tugd --check: what it would do, without doing it.

#include "support/build_paths.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

using words = std::vector<std::string>;

/// A configuration with which tugd starts, and what --check says of it once something was changed.
struct checked {
    temp_dir dir;
    std::string key_file = dir / "keys";
    words flags{"--check",     "--keys",      key_file,      "--root",   dir / "root", "--listen",
                "127.0.0.1:0", "--state-dir", dir / "state", "--cgroup", "off"};

    checked() {
        fs::create_directory(dir / "root");
        write_file(key_file, "k1 " + std::string(43, 'A') + "= exec\n");
        fs::permissions(key_file, fs::perms(0600));
    }

    run_result check(const words& more = {}) {
        words argv{"tugd"};
        argv.insert(argv.end(), flags.begin(), flags.end());
        argv.insert(argv.end(), more.begin(), more.end());
        return run(argv);
    }

    /// One line has all of it, and the exit code fits.
    void says(const std::string& verdict, const words& parts, const words& more = {}) {
        const auto r = check(more);
        BOOST_TEST(r.exit_code == (r.out.find("\nwrong") != std::string::npos || r.out.starts_with("wrong") ? 1 : 0));
        std::istringstream lines(r.out);
        for (std::string line; std::getline(lines, line);) {
            bool all = line.starts_with(verdict + " ");
            for (const auto& part : parts) all = all && line.find(part) != std::string::npos;
            if (all) return;
        }
        BOOST_ERROR("no line says that: " + verdict + " " + parts.front() + "\n" + r.out + r.err);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tugd_check, checked)

BOOST_AUTO_TEST_CASE(all_is_well) {
    const auto r = check();
    BOOST_TEST(r.exit_code == 0, r.out);
    BOOST_TEST(r.out.find("wrong") == std::string::npos, r.out);
    BOOST_TEST(r.out.starts_with("ok      keys         1 in " + key_file + "\n"), r.out);
    BOOST_TEST(r.err == "");
}

/// Not even the directories that tugd makes at its start.
BOOST_AUTO_TEST_CASE(nothing_is_changed) {
    words before;
    for (const auto& e : fs::recursive_directory_iterator(dir.path())) before.push_back(e.path().string());
    const auto socket = "unix:" + (dir / "socket");
    says("ok", {"jobs", "will be made"}, {"--record", dir / "cast", "--audit", dir / "audit", "--listen", socket});
    words after;
    for (const auto& e : fs::recursive_directory_iterator(dir.path())) after.push_back(e.path().string());
    BOOST_TEST(before == after);
}

BOOST_AUTO_TEST_CASE(keys) {
    fs::permissions(key_file, fs::perms(0644));
    says("wrong", {"keys", "chmod 600 "});
    fs::remove(key_file);
    says("wrong", {"keys", "tug keygen"});
    write_file(key_file, "k1 nonsense exec\n");
    fs::permissions(key_file, fs::perms(0600));
    says("wrong", {"keys", "line 1"});
    write_file(key_file, "k1 " + std::string(43, 'A') + "= get root=/none\n");
    says("warning", {"keys", "k1", "mkdir -p"});
    write_file(key_file, "k1 " + std::string(43, 'A') + "= exec record\n");
    says("wrong", {"keys", "k1", "--record DIR"});
    says("ok", {"keys", key_file}, {"--record", dir / "cast"});
}

BOOST_AUTO_TEST_CASE(addresses) {
    const tugd_under_test tugd;
    says("wrong", {"listen", "ss -ltnp"}, {"--listen", tugd.address()});
    says("wrong", {"listen", "--tls-cert"}, {"--listen", "0.0.0.0:0"});
    says("wrong", {"listen", "none/socket"}, {"--listen", "unix:" + (dir / "none/socket")});
    says("ok", {"listen", "127.0.0.1"}, {"--metrics", "127.0.0.1:0"});
}

BOOST_AUTO_TEST_CASE(directories) {
    fs::permissions(dir / "root", fs::perms(0700));
    says("ok", {"root", dir / "root"});
    fs::create_directory(dir / "state");
    fs::permissions(dir / "state", fs::perms(0777));
    says("wrong", {"jobs", "chmod 700"});
    fs::permissions(dir / "state", fs::perms(0700));
    says("ok", {"jobs", "kept in"});
    fs::create_symlink("x", dir / "link");
    says("wrong", {"audit", "symlink"}, {"--audit", dir / "link"});
    says("wrong", {"recording", "install -d"}, {"--record", dir / "none/cast"});
    fs::remove(dir / "root");
    says("wrong", {"root", "mkdir -p"});
}

BOOST_AUTO_TEST_CASE(certificates) {
    test_ca ca;
    const auto with = [](const issued& i) { return words{"--tls-cert", i.certificate, "--tls-key", i.key}; };
    const auto days = [](int n) { return std::chrono::hours(24) * n; };
    says("ok", {"tls", "ends on"}, with(ca.issue({.until = days(30)})));
    says("warning", {"tls", "renew"}, with(ca.issue({.until = days(3)})));
    says("wrong", {"tls", "expired"}, with(ca.issue({.from = -days(3), .until = -days(1)})));
    says("wrong", {"tls", "not valid before"}, with(ca.issue({.from = days(1), .until = days(30)})));
    auto mixed = ca.issue({.until = days(30)});
    says("wrong", {"tls", "does not fit"}, with({mixed.certificate, ca.issue().key}));
    // Behind our own stands one that has not signed it.
    test_ca other;
    write_file(dir / "chain.pem", read_file(mixed.certificate) + read_file(other.file()));
    says("wrong", {"tls", "not signed"}, with({dir / "chain.pem", mixed.key}));
    write_file(dir / "chain.pem", read_file(mixed.certificate) + read_file(ca.file()));
    says("ok", {"tls"}, with({dir / "chain.pem", mixed.key}));
}

BOOST_AUTO_TEST_CASE(limits_that_make_no_sense_together) {
    says("warning", {"limits", "--max-jobs 9", "--max-kept-jobs"}, {"--max-jobs", "9", "--max-kept-jobs", "3"});
    says("wrong", {"limits", "--failed-login-delay"}, {"--failed-login-delay", "5", "--login-time", "1"});
    says("warning", {"descriptors", "LimitNOFILE"}, {"--max-connections", "1000000"});
    says("wrong", {"cgroup", "limits on memory"}, {"--max-command-memory", "1000000000"});
    flags.back() = dir / "root"; // of --cgroup
    says("wrong", {"cgroup"});
}

BOOST_AUTO_TEST_CASE(what_does_not_parse) {
    BOOST_TEST(check({"--no-such-flag"}).exit_code == 2);
    BOOST_TEST(run({"tugd", "--check"}).exit_code == 2); // no keys
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
