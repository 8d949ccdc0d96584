// `--jump` and `jump` of the configuration: through other tugd, to one that sees who logs in.

#include "support/cli_checks.hpp"
#include "support/temp_dir.hpp"
#include "support/test_ca.hpp"
#include "support/tugd_process.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace tug::test;

namespace {

std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_private(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    ::chmod(file.c_str(), 0600);
}

/// A tugd with a key of its own, and an audit. Clients of the key may do what it says.
struct keyed_tugd {
    temp_dir root;
    temp_dir files;
    std::string key = files / "key";
    std::string audit = files / "audit";
    tugd_process daemon;

    explicit keyed_tugd(const std::vector<std::string>& of_key, const std::vector<std::string>& more = {})
        : daemon(arguments(of_key, more)) {}

    [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> of_key,
                                                     const std::vector<std::string>& more) const {
        of_key.insert(of_key.begin(), {"tug", "keygen", "who", "-o", key});
        BOOST_TEST(run(std::move(of_key)).exit_code == 0);
        std::vector<std::string> out{"--keys",   key,           "--root",  root.path().string(),
                                     "--listen", "127.0.0.1:0", "--audit", audit};
        out.insert(out.end(), more.begin(), more.end());
        return out;
    }
};

const std::vector<std::string> gate_key{"--permissions", "forward", "--connect", "127.0.0.1:*"};

/// Two gates, of which each lets through to ports of 127.0.0.1 and nothing else, and a host that speaks TLS alone.
struct three_hosts {
    test_ca ca;
    issued own = ca.issue();
    keyed_tugd outer{gate_key};
    keyed_tugd inner{gate_key};
    keyed_tugd last{{}, {"--tls-cert", own.certificate, "--tls-key", own.key}};
    temp_dir dir;
    std::string config = dir / "config";

    three_hosts() {
        const auto host = [](const std::string& name, const keyed_tugd& at) {
            return "host " + name + "\n  address " + at.daemon.address() + "\n  key-file " + at.key + "\n";
        };
        write_private(config, host("outer", outer) + host("inner", inner) + "  jump outer\n" + host("last", last) +
                                  "  tls-ca " + ca.file() + "\n" + host("far", last) + "  tls-ca " + ca.file() +
                                  "\n  jump inner\n" + host("lost", last) + "  jump last\n  tls-ca " + ca.file() +
                                  "\nhost a\n  jump b\nhost b\n  jump a\n");
    }

    [[nodiscard]] run_result tug(std::vector<std::string> words, const environment& more = {}) const {
        words.insert(words.begin(), {"tug", "--config", config});
        return run(std::move(words), {}, more);
    }
};

BOOST_FIXTURE_TEST_SUITE(cli_jump_test, three_hosts)

BOOST_AUTO_TEST_CASE(several_hosts_and_tls_inside) {
    check_output(tug({"exec", "--jump", "outer,inner", "last", "--", "echo", "there"}), "there\n");
    check_output(tug({"exec", "last", "--", "echo", "there"}, {{"TUG_JUMP", "outer,inner"}}), "there\n");
    check_output(tug({"exec", "far", "--", "echo", "there"}), "there\n"); // as the configuration says
    check_output(tug({"exec", "--jump", "none", "far", "--", "echo", "there"}), "there\n");
    for (auto* one : {&outer, &inner, &last}) BOOST_TEST(one->daemon.stop() == 0); // what there is to audit is written
    // The last one sees who logs in, and that is no gate's key; the gates see a tunnel.
    BOOST_TEST(contains(text_of(last.audit), "\"exec\""));
    BOOST_TEST(!contains(text_of(last.audit), "forward.connect"));
    for (const auto* gate : {&outer, &inner}) {
        BOOST_TEST(contains(text_of(gate->audit), "forward.connect"));
        BOOST_TEST(!contains(text_of(gate->audit), "\"exec\""));
    }
}

BOOST_AUTO_TEST_CASE(files_too) {
    const auto text = std::string(3'000'000, 'x');
    write_private(dir / "sent", text);
    check_output(tug({"put", "-q", dir / "sent", "far:sent"}), "");
    check_output(tug({"get", "-q", "far:sent", dir / "got"}), "");
    BOOST_TEST((text_of(dir / "got") == text));
    check_output(tug({"cp", "-q", "far:sent", "last:copy"}), ""); // from one host to the other, one by a jump
    BOOST_TEST((text_of(last.root / "copy") == text));
}

BOOST_AUTO_TEST_CASE(many_hosts_share_the_way) {
    const auto done = tug({"exec", "--on", "far,last,far:" + last.daemon.port(), "-q", "--", "echo", "there"});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(outer.daemon.stop() == 0);
    const auto lines = text_of(outer.audit);
    BOOST_TEST(contains(lines, "forward.connect"));
    BOOST_TEST(lines.find("forward.connect") == lines.rfind("forward.connect")); // one connection to `inner` for all
}

BOOST_AUTO_TEST_CASE(the_words_of_ssh) {
    check_output(run({"tug", "--config", config, "rsh", "-J", "me@outer,inner", "last", "echo", "$((1+1))"}), "2\n");
    check_output(run({"tug", "--config", config, "rsh", "-oProxyJump=outer", "last", "echo there"}), "there\n");
    const auto shown = run({"tug", "--config", config, "rsh", "-G", "far"});
    BOOST_TEST(contains(shown.out, "proxyjump outer,inner\n"), shown.out);
}

BOOST_AUTO_TEST_CASE(what_fails_on_the_way_is_named) {
    check_failed(tug({"ping", "--jump", "127.0.0.1:1", "last"}), 1, "'127.0.0.1:1' on the way");
    check_failed(tug({"ping", "--jump", "outer", "127.0.0.2:1"}), 1, "permission_denied");
    check_failed(tug({"ping", "--jump", "last", "inner"}), 1, "permission_denied"); // its key has no rule
    check_failed(tug({"ping", "a"}), 2, "through itself");
    check_failed(tug({"ping", "--jump", "x,", "last"}), 2, "is no way");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
