#include "tug/service/keys.hpp"

#include "support/temp_dir.hpp"

#include "tug/proto/base64.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tug::service;
using tug::test::temp_dir;
using tug::test::write_file;

const std::string secret = tug::proto::base64_encode(std::array<std::byte, 32>{std::byte{1}, std::byte{2}});

/// The ids and permissions, or why there are none.
std::string read(std::string_view text) {
    const auto keys = parse_keys(text);
    if (!keys) {
        BOOST_TEST((keys.error().code == tug::proto::errc::bad_key_file));
        BOOST_TEST(keys.error().message.find(secret) == std::string::npos); // no message holds key bytes
        return keys.error().message;
    }
    std::string out;
    for (const auto& [id, entry] : *keys) {
        out += id + ":";
        for (const auto& name : entry.allowed.names()) out += " " + name;
        out += ";";
    }
    return out;
}

BOOST_AUTO_TEST_SUITE(keys_test)

BOOST_AUTO_TEST_CASE(lines) {
    BOOST_TEST(read("k1 " + secret + " exec") == "k1: exec;");
    BOOST_TEST(read("k1 " + secret + " get,exec,put\n") == "k1: exec put get;");
    BOOST_TEST(read("\n# a comment\r\n \t\nb\t" + secret + "  put \r\na " + secret + " get\n") == "a: get;b: put;");
    const auto keys = parse_keys("k1 " + secret + " exec").value();
    BOOST_TEST((keys.at("k1").key.bytes()[1] == std::byte{2}));
}

BOOST_AUTO_TEST_CASE(lines_that_are_wrong) {
    for (const std::string& line : std::initializer_list<std::string>{
             "k1 " + secret, "k1 exec", "k1 " + secret + " exec more", "k1 " + secret + " fly",
             "k1 " + secret + " exec,", "k1 " + secret + " ,", "k1 " + secret.substr(4) + " exec",
             "k1 " + secret.substr(0, 40) + " exec", std::string(65, 'k') + " " + secret + " exec",
             // ids that no login could carry, or that the client would read in another way
             "k\r1 " + secret + " exec", "\rk1 " + secret + " exec", "k\x01 " + secret + " exec",
             std::string("k\0 ", 3) + " " + secret + " exec", "k\xff " + secret + " exec",
             "k\x7f " + secret + " exec"}) {
        BOOST_TEST_INFO(line);
        BOOST_TEST(read("# first\n" + line).starts_with("line 2 "));
    }
    BOOST_TEST(read("k1 " + secret + " exec\nk1 " + secret + " put").starts_with("line 2 "));
    for (const auto* none : {"", "\n\n", "# nothing"}) BOOST_TEST(read(none) == "there is no key in it");
}

BOOST_AUTO_TEST_CASE(fields) {
    const auto keys = parse_keys("a " + secret + " exec,put root=/srv/app argv0=git argv0=/usr/bin/* env=LC_* env=X\n" +
                                 "b " + secret + " get\troot=/ \n")
                          .value();
    const auto& rules = keys.at("a").rules;
    BOOST_TEST(rules.root == "/srv/app");
    BOOST_TEST((rules.argv0 == std::vector<std::string>{"git", "/usr/bin/*"}));
    BOOST_TEST((rules.env == std::vector<std::string>{"LC_*", "X"}));
    BOOST_TEST(keys.at("b").rules.root == "/");
    BOOST_TEST((keys.at("b").rules != key_rules()));
    BOOST_TEST((parse_keys("k1 " + secret + " exec").value().at("k1").rules == key_rules()));
}

BOOST_AUTO_TEST_CASE(fields_that_are_wrong) {
    const std::pair<std::string, std::string> cases[] = {
        {"get fly=high", "none of root=, argv0=, env="},
        {"get root", "none of root=, argv0=, env="},
        {"get " + secret, "none of root=, argv0=, env="}, // and the key is not in the message
        {"get root=" + secret, "does not begin with /"},
        {"get root=", "empty root="},
        {"get root=srv", "does not begin with /"},
        {"get root=/a/../..", "no path"},
        {"get root=/" + std::string(256, 'x'), "no path"},
        {"get root=/a root=/b", "root= twice"},
        {"get root=/a\x1b", "control character in root="},
        {"get argv0=git", "argv0= without exec"},
        {"exec argv0=", "empty argv0="},
        {"exec argv0=./git", "neither a name nor a path"},
        {"exec argv0=bin/git", "neither a name nor a path"},
        {"exec argv0=/usr/../git", "neither a name nor a path"},
        {"exec argv0=/usr//git", "neither a name nor a path"},
        {"exec argv0=/usr/bin/", "neither a name nor a path"},
        {"exec env=LANG", "env= without argv0="},
        {"exec argv0=git env=", "empty env="},
        {"exec argv0=git env=A=b", "with a value"},
        {"exec argv0=git env=PATH", "env=PATH"},
        {"exec, argv0=git", "none of exec, put, get, forward and audit"},
        {"get user=deploy", "user= without exec"},
        {"get memory=1G", "without exec"},
        {"get record", "without exec"},
        {"exec memory=", "empty memory="},
        {"exec memory=0", "memory= that is no number"},
        {"exec memory=1T", "memory= that is no number"},
        {"exec memory=-1", "memory= that is no number"},
        {"exec memory=9007199254740992", "memory= that is no number"},
        {"exec memory=9007199254740991G", "memory= that is no number"},
        {"exec processes=1K", "processes= that is no number"},
        {"exec cpu=1.5", "cpu= that is no number"},
        {"exec record=all", "record= that is neither"},
        {"exec user=", "empty user="},
        {"exec argv0=git read-only", "none of root=, argv0=, env="},
        {"get,read-only", "none of exec, put, get, forward and audit"},
    };
    for (const auto& [rest, why] : cases) {
        const auto message = read("# first\nk1 " + secret + " " + rest);
        BOOST_TEST(message.starts_with("line 2 "), rest << ": " << message);
        BOOST_TEST(message.find(why) != std::string::npos, rest << ": " << message);
    }
}

BOOST_AUTO_TEST_CASE(lines_that_say_the_same) {
    const auto one = [](const std::string& rest) { return parse_keys("k " + secret + " " + rest).value().at("k"); };
    BOOST_TEST((one("put,get root=/a") == one("get,put  root=/a")));
    BOOST_TEST((one("put,get") != one("get")));
    BOOST_TEST((one("get root=/a") != one("get")));
    BOOST_TEST((one("exec argv0=a") != one("exec argv0=b")));
    auto other = one("get");
    other.key = tug::proto::secret_key(std::array<std::byte, 32>{});
    BOOST_TEST((other != one("get")));
}

/// Others must not be able to read it, nor to write.
BOOST_AUTO_TEST_CASE(files) {
    const temp_dir dir;
    const auto path = dir / "keys";
    write_file(path, "k1 " + secret + " exec\n");
    const auto load = [&](mode_t mode) {
        BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
        return load_keys(path).has_value();
    };
    BOOST_TEST(load(0600));
    BOOST_TEST(load(0400));
    for (const mode_t open : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0777U}) BOOST_TEST(!load(open));
    BOOST_TEST(!load_keys(dir / "nothing").has_value());
    BOOST_TEST(!load_keys(dir.path().string()).has_value());
    BOOST_REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    BOOST_TEST(!load_keys(dir / "fifo").has_value()); // and it does not wait for a writer
}

BOOST_AUTO_TEST_CASE(sets_of_permissions) {
    permissions p;
    BOOST_TEST(p.names().empty());
    BOOST_TEST(p.has(permission::none)); // what needs none is open to all
    p.add(permission::put);
    BOOST_TEST(p.has(permission::put));
    BOOST_TEST(!p.has(permission::exec));
    BOOST_TEST(permissions::all().names().size() == 5U);
}

BOOST_AUTO_TEST_CASE(limits_of_a_key) {
    const auto keys = parse_keys("a " + secret + " exec memory=512M processes=100 cpu=60 record user=x\n" + "b " +
                                 secret + " exec memory=1000 record=input\n" + "c " + secret + " exec record=output");
    BOOST_REQUIRE(keys.has_value());
    const auto& a = keys->at("a").rules;
    BOOST_TEST(a.most.memory_bytes.value() == 512U * 1024 * 1024);
    BOOST_TEST(a.most.processes.value() == 100U);
    BOOST_TEST(a.most.cpu_ms.value() == 60'000U);
    BOOST_TEST((a.record == recorded::output));
    BOOST_TEST(keys->at("b").rules.most.memory_bytes.value() == 1000U);
    BOOST_TEST((keys->at("b").rules.record == recorded::input));
    BOOST_TEST((keys->at("c").rules.record == recorded::output));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
