// tugd and tug on TLS, as they are run.

#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/test_ca.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace tug::test {

namespace {

namespace fs = std::filesystem;

launch keyed(std::vector<std::string> listen = {"127.0.0.1:0"}) {
    launch how;
    how.with_keys = true;
    how.listen = std::move(listen);
    return how;
}

struct with_ca {
    test_ca ca;
    issued own = ca.issue();
    temp_dir dir;

    [[nodiscard]] std::vector<std::string> flags(const issued& shown) const {
        return {"--tls-cert", shown.certificate, "--tls-key", shown.key};
    }

    [[nodiscard]] std::vector<std::string> flags() const { return flags(own); }

    /// Runs tug against it.
    [[nodiscard]] run_result tug(const tugd_under_test& tugd, std::vector<std::string> arguments,
                                 environment env = {}) const {
        arguments.insert(arguments.begin(), "tug");
        env.insert({{"TUG_ADDRESS", tugd.address()}, {"TUG_KEY_FILE", tugd.key_file()}});
        return run(std::move(arguments), {}, env);
    }

    /// Puts another certificate where the old one was.
    void replace(const issued& by) const {
        fs::copy_file(by.certificate, own.certificate, fs::copy_options::overwrite_existing);
        fs::copy_file(by.key, own.key, fs::copy_options::overwrite_existing);
    }
};

run_result run_tugd(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "tugd");
    return run(std::move(arguments));
}

void check_refusal(const std::vector<std::string>& arguments, const std::vector<std::string>& words) {
    const auto r = run_tugd(arguments);
    BOOST_TEST((r.exit_code == 1 || r.exit_code == 2));
    BOOST_TEST(r.out == "");
    BOOST_TEST(r.err.starts_with("tugd: "));
    BOOST_TEST(std::ranges::count(r.err, '\n') == 1, r.err);
    for (const auto& word : words) BOOST_TEST(r.err.find(word) != std::string::npos, r.err << " has no " << word);
}

void await_log(const tugd_under_test& tugd, const std::string& text) {
    BOOST_TEST_REQUIRE(eventually([&] { return tugd.log().find(text) != std::string::npos; }), tugd.log());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tugd_tls, with_ca)

BOOST_AUTO_TEST_CASE(tug_over_tls) {
    const tugd_under_test tugd(flags(), keyed());
    write_file(dir / "local", std::string(3'000'000, 'x'));
    const std::vector<std::string> trust{"--tls-ca", ca.file()};
    const auto with = [&](std::vector<std::string> rest) {
        rest.insert(rest.begin(), trust.begin(), trust.end());
        return tug(tugd, rest);
    };
    BOOST_TEST(with({"ping"}).exit_code == 0);
    BOOST_TEST(with({"exec", "--", "sh", "-c", "echo out; exit 7"}).exit_code == 7);
    BOOST_TEST(with({"put", dir / "local", ":a"}).exit_code == 0);
    BOOST_TEST(with({"get", ":a", dir / "back"}).exit_code == 0);
    BOOST_TEST((read_file(dir / "back") == read_file(dir / "local")));
    // The flags may stand behind the command, and in the environment.
    BOOST_TEST(tug(tugd, {"ping", "--tls-ca", ca.file(), "--tls-server-name", "localhost"}).exit_code == 0);
    BOOST_TEST(tug(tugd, {"ping"}, {{"TUG_TLS_CA", ca.file()}}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(what_tug_says_when_it_fails) {
    const tugd_under_test tugd(flags(), keyed());
    const tugd_under_test plain({}, keyed());
    const auto fails = [&](const run_result& r, const std::vector<std::string>& words) {
        BOOST_TEST(r.exit_code == 1);
        for (const auto& word : words) BOOST_TEST(r.err.find(word) != std::string::npos, r.err << " has no " << word);
    };
    fails(tug(tugd, {"ping"}), {"tls_required", "--tls-ca"});
    fails(tug(tugd, {"ping", "--tls"}), {"tls_untrusted", "--tls-ca"});
    fails(tug(plain, {"ping", "--tls-ca", ca.file()}), {"tls_not_offered"});
    fails(tug(tugd, {"ping", "--tls-ca", ca.file(), "--tls-server-name", "other"}), {"tls_untrusted", "other"});
    fails(tug(tugd, {"ping", "--tls-ca", dir / "none"}), {"bad_tls_file", dir / "none", "No such file"});
    BOOST_TEST(tug(tugd, {"ping", "--tls-cert", own.certificate}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(certificates_of_clients) {
    auto asking = flags();
    asking.insert(asking.end(), {"--tls-client-ca", ca.file()});
    const tugd_under_test tugd(asking, keyed());
    const auto mine = ca.issue();
    const auto with = tug(tugd, {"ping", "--tls-ca", ca.file(), "--tls-cert", mine.certificate, "--tls-key", mine.key});
    BOOST_TEST(with.exit_code == 0, with.err);
    const auto without = tug(tugd, {"ping", "--tls-ca", ca.file()});
    BOOST_TEST(without.exit_code == 1);
    BOOST_TEST(without.err.find("certificate required") != std::string::npos, without.err);
    await_log(tugd, "tls_failed");
}

BOOST_AUTO_TEST_CASE(what_tugd_refuses) {
    const auto key = dir / "keys";
    write_key_file(key, key_line(test_key_id, test_key()));
    const auto other = ca.issue();
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"--keys", key, "--listen", "127.0.0.1:0"});
        return more;
    };
    check_refusal(with({"--tls-cert", dir / "none", "--tls-key", own.key}), {dir / "none", "No such file"});
    check_refusal(with({"--tls-cert", own.certificate, "--tls-key", other.key}), {other.key, "does not fit"});
    check_refusal(with({"--tls-cert", own.certificate}), {"--tls-key"});
    check_refusal(with({"--tls-client-ca", ca.file()}), {"--tls-cert"});
    check_refusal(with({"--require-tls"}), {"127.0.0.1:0", "--tls-cert", "Unix socket"});
    check_refusal(with({"--require-tls", "--allow-plaintext"}), {"exclude"});
    check_refusal(with({"--listen", "0.0.0.0:0"}), {"0.0.0.0:0", "--tls-cert", "--allow-plaintext", "loopback"});
    check_refusal({"--no-auth", "--allow-plaintext", "--listen", "0.0.0.0:0"}, {"0.0.0.0:0", "--keys"});
    ::chmod(own.key.c_str(), 0644);
    check_refusal(with(flags()), {own.key, "chmod 600"});
}

BOOST_AUTO_TEST_CASE(plain_off_loopback_only_when_told) {
    const tugd_under_test loud({"--allow-plaintext"}, keyed({"0.0.0.0:0"}));
    await_log(loud, "NOT ENCRYPTED");
    const tugd_under_test mute({"--allow-plaintext", "--log-level", "error"}, keyed({"0.0.0.0:0"}));
    await_log(mute, "NOT ENCRYPTED");
    const tugd_under_test quiet({"--allow-plaintext"}, keyed());
    const tugd_under_test secured(flags(), keyed({"0.0.0.0:0"}));
    await_log(quiet, "started");
    await_log(secured, "started");
    BOOST_TEST(quiet.log().find("NOT ENCRYPTED") == std::string::npos);
    BOOST_TEST(secured.log().find("NOT ENCRYPTED") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(required_tls_leaves_unix_sockets_plain) {
    const tugd_under_test tugd({"--require-tls"}, keyed({"unix:" + (dir / "s")}));
    BOOST_TEST(tugd.connect().ask("rpc.ping").error() == "");
}

BOOST_AUTO_TEST_CASE(a_certificate_out_of_date_is_a_warning) {
    const auto old = ca.issue({.from = std::chrono::seconds(-7200), .until = std::chrono::seconds(-3600)});
    const tugd_under_test tugd(flags(old), keyed());
    await_log(tugd, "expired on ");
}

BOOST_AUTO_TEST_CASE(sighup_reads_the_files_again) {
    tugd_under_test tugd(flags(), keyed());
    raw_client before(tugd.address(), tls_wish());
    before.log_in(test_key_id, test_key());
    const auto serial = [&] { return raw_client(tugd.address(), tls_wish()).tls()->serial(); };
    BOOST_TEST(serial() == 2);

    replace(ca.issue());
    tugd.signal(SIGHUP);
    await_log(tugd, "tls_reloaded");
    BOOST_TEST(serial() == 3);

    write_file(own.certificate, "no certificate\n");
    tugd.signal(SIGHUP);
    await_log(tugd, "tls_kept");
    BOOST_TEST(serial() == 3);
    BOOST_TEST(before.is_served());
    BOOST_TEST(tugd.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_takes_little_memory) {
    constexpr std::size_t connections = 500;
#ifdef TUG_SANITIZED
    constexpr std::uint64_t most = 400 * 1024;
#else
    constexpr std::uint64_t most = 24 * 1024;
#endif
    tugd_under_test tugd({"--tls-cert", own.certificate, "--tls-key", own.key, "--max-unauthenticated", "1000"},
                         keyed());
    std::vector<raw_client> all;
    const auto add = [&] {
        all.emplace_back(tugd.address(), tls_wish());
        all.back().log_in(test_key_id, test_key());
        BOOST_REQUIRE(all.back().is_served());
    };
    for (int i = 0; i < 50; ++i) add(); // what is taken once is not theirs
    const auto before = memory_of(tugd.pid(), "VmRSS");
    for (std::size_t i = 0; i < connections; ++i) add();
    const auto each = (memory_of(tugd.pid(), "VmRSS") - before) / connections;
    BOOST_TEST_MESSAGE("an idle connection on TLS takes " << each << " bytes");
    BOOST_TEST(each <= most);
    for (auto& one : all) BOOST_REQUIRE(one.is_served());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
