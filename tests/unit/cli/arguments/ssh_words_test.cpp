#include "cli/arguments/ssh_words.hpp"

#include "cli/arguments/usage_error.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

namespace tug::cli {

namespace {

using tty = ssh_words::tty;

std::string flags(const words& given) {
    std::string out;
    for (const auto& flag : read_ssh_words(given).flags) out.append(out.empty() ? "" : " ").append(flag);
    return out;
}

std::string wrong(const words& given) {
    try {
        (void)read_ssh_words(given);
    } catch (const usage_error& e) {
        return e.what();
    }
    return "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(ssh_words_test)

BOOST_AUTO_TEST_CASE(the_words_of_a_command_are_joined_by_blanks) {
    BOOST_TEST(read_ssh_words({"h", "echo", "a  b", "-p", "$X"}).line.value() == "echo a  b -p $X");
    BOOST_TEST(read_ssh_words({"h", "-x", "--", "-v"}).line.value() == "-v");
    BOOST_TEST(read_ssh_words({"h", ""}).line.value() == "");
    BOOST_TEST(!read_ssh_words({"h"}).line);
    BOOST_TEST(read_ssh_words({"--", "h", "x"}).host == "h");
}

BOOST_AUTO_TEST_CASE(flags_stand_before_or_behind_the_host_and_together) {
    BOOST_TEST(flags({"-p", "99", "h"}) == "--port=99");
    BOOST_TEST(flags({"-p99", "h", "-lme"}) == "--port=99 --user=me");
    BOOST_TEST(flags({"-4qTxp", "99", "h"}) == "--port=99");
    BOOST_TEST(flags({"-i", "k", "-F", "c", "-e", "none", "h"}) == "--key-file=k --config=c --escape=none");
    BOOST_TEST(flags({"-F", "/dev/null", "h"}) == "--config=none");
    BOOST_TEST(flags({"-E", "log", "-c", "aes", "-S", "none", "-vvv", "h"}) == "");
}

BOOST_AUTO_TEST_CASE(the_user_is_told_once) {
    BOOST_TEST(flags({"me@h"}) == "--user=me");
    BOOST_TEST(read_ssh_words({"me@here@h"}).host == "h");
    BOOST_TEST(flags({"-l", "you", "me@h"}) == "--user=you");
    BOOST_TEST(read_ssh_words({"ssh://me@h:99/"}).host == "h:99");
}

BOOST_AUTO_TEST_CASE(terminals) {
    BOOST_TEST((read_ssh_words({"h"}).terminal == tty::automatic));
    BOOST_TEST((read_ssh_words({"-t", "h"}).terminal == tty::wanted));
    BOOST_TEST((read_ssh_words({"-tt", "h"}).terminal == tty::forced));
    BOOST_TEST((read_ssh_words({"-t", "h", "-t"}).terminal == tty::forced));
    BOOST_TEST((read_ssh_words({"-tT", "h"}).terminal == tty::no));
    BOOST_TEST((read_ssh_words({"-o", "RequestTTY=force", "h"}).terminal == tty::forced));
    BOOST_TEST(read_ssh_words({"-n", "h"}).no_input);
}

BOOST_AUTO_TEST_CASE(options_of_its_configuration) {
    BOOST_TEST(flags({"-o", "Port=99", "-oUser me", "-o", "IdentityFile = k", "h"}) ==
               "--port=99 --user=me --key-file=k");
    BOOST_TEST(flags({"-o", "BatchMode=yes", "-oStrictHostKeyChecking=no", "-o", "ControlMaster=auto", "h"}) == "");
    ::setenv("SSH_WORDS_ONE", "1", 1);
    ::setenv("SSH_WORDS_TWO", "2", 1);
    BOOST_TEST(flags({"-o", "SendEnv=SSH_WORDS_ONE", "-o", "SendEnv=NO_SUCH SSH_WORDS_O*", "h"}) ==
               "--env=SSH_WORDS_ONE=1");
    BOOST_TEST(flags({"-o", "SetEnv=A=1", "-o", "SetEnv=B=2", "h"}) == "--env=A=1 --env=B=2");
}

BOOST_AUTO_TEST_CASE(forwarding) {
    const auto both = [](const words& given) {
        const auto f = read_ssh_words(given).forward;
        std::string out;
        for (const auto* texts : {&f.local_texts, &f.remote_texts, &f.dynamic_texts})
            for (const auto& text : *texts) out += text + ";";
        return out + f.stdio_text + (f.nothing_run ? "-N" : "");
    };
    BOOST_TEST(both({"-NL", "1:h:2", "-R3:h:4", "-D", "5", "h"}) == "1:h:2;3:h:4;5;-N");
    BOOST_TEST(both({"-W", "h:1", "h"}) == "h:1");
    BOOST_TEST(both({"-o", "LocalForward=1 h:2", "-oRemoteForward=3  h:4", "-oDynamicForward 5", "h"}) ==
               "1:h:2;3:h:4;5;");
    BOOST_TEST(both({"-L", "1:h:2", "-oClearAllForwardings=yes", "-R", "1:h:2", "h"}) == "");
    BOOST_TEST(both({"-L", "1:h:2", "-oClearAllForwardings=no", "h"}) == "1:h:2;");
    BOOST_TEST(read_ssh_words({"-gNL", "1:h:2", "h"}).forward.gateway_ports);
    BOOST_TEST(read_ssh_words({"-oGatewayPorts=yes", "h"}).forward.gateway_ports);
    BOOST_TEST(!read_ssh_words({"-oGatewayPorts=no", "h"}).forward.gateway_ports);
}

BOOST_AUTO_TEST_CASE(jumps) {
    BOOST_TEST(flags({"-J", "me@a,b:99", "h"}) == "--jump=me@a,b:99");
    BOOST_TEST(flags({"-oProxyJump=a", "-J", "b", "h"}) == "--jump=a");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_named) {
    BOOST_TEST(wrong({}) == "no host is named");
    BOOST_TEST(wrong({"-f", "h"}) == "-f asks for going to the background");
    BOOST_TEST(wrong({"-Z", "h"}) == "-Z is no flag of ssh that tug knows");
    BOOST_TEST(wrong({"-p"}) == "-p needs a value");
    BOOST_TEST(wrong({"-o", "ProxyCommand=nc", "h"}) ==
               "-o 'proxycommand' is an option of ssh that means nothing here");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli
