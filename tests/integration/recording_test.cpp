// tugd that records terminal sessions.

#include "support/temp_dir.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;

const std::string shell_in_terminal =
    R"({"shell":"read x; echo got $x","stdin":true,"pty":{"rows":24,"cols":80,"term":"vt220"}})";

struct recorded_server {
    temp_dir dir;
    server_setup how;
    std::optional<test_server> server;

    void start(bool all, bool with_input) {
        how.with_keys = true;
        how.lines = {{"watched", "exec record"}, {"logged", "exec record=input"}};
        how.adjust = [this, all, with_input](tug::service::options& o) {
            o.recording.directory = dir / "casts";
            o.recording.all = all;
            o.recording.with_input = with_input;
            o.audit = dir / "audit";
        };
        server.emplace(how);
    }

    void run_as(const std::string& key) {
        auto c = server->connect(key);
        const auto id = c.call("exec", shell_in_terminal);
        c.write(id, "stdin", "secret\n");
        BOOST_TEST(c.wait(id).text("stdout") == "secret\r\ngot secret\r\n");
    }

    /// Ends the server, so that all is written, and gives the names of the recordings.
    std::vector<std::string> end() {
        server.reset();
        std::vector<std::string> names;
        for (const auto& e : fs::directory_iterator(dir / "casts")) names.push_back(e.path().filename());
        return names;
    }

    std::string text_of(const std::string& name) const {
        std::ostringstream all;
        all << std::ifstream(dir / name).rdbuf();
        return all.str();
    }
};

BOOST_FIXTURE_TEST_SUITE(server_recording_test, recorded_server)

BOOST_AUTO_TEST_CASE(every_session_without_its_input) {
    start(true, false);
    run_as("all");
    auto c = server->connect();
    c.ask("exec", R"({"argv":["echo","no terminal"]})");
    c.ask("exec", R"({"argv":["no-such-program"],"pty":{"rows":24,"cols":80}})");
    const auto names = end();
    BOOST_REQUIRE(names.size() == 1U);
    const auto cast = text_of("casts/" + names.front());
    BOOST_TEST(cast.starts_with(R"({"version":2,"width":80,"height":24,)"), cast);
    BOOST_TEST(cast.find(R"(got secret\r\n"])") != std::string::npos, cast);
    BOOST_TEST(cast.find(R"("i", )") == std::string::npos);
    BOOST_TEST(text_of("audit").find(R"("recording":")" + names.front() + "\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_typed_where_that_is_asked_for) {
    start(true, true);
    run_as("all");
    const auto cast = text_of("casts/" + end().at(0));
    BOOST_TEST(cast.find(R"("i", "secret\n"])") != std::string::npos, cast);
}

BOOST_AUTO_TEST_CASE(keys_that_are_recorded) {
    start(false, true);
    run_as("all");
    run_as("watched");
    run_as("logged");
    const auto names = end();
    BOOST_REQUIRE(names.size() == 2U);
    for (const auto& name : names) {
        const bool with_input = name.find("-logged-") != std::string::npos;
        const auto cast = text_of("casts/" + name);
        BOOST_TEST((cast.find(R"("i", )") != std::string::npos) == with_input, cast);
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_cannot_be_recorded_does_not_begin) {
    start(true, false);
    fs::remove_all(dir / "casts");
    BOOST_TEST(server->connect().ask("exec", shell_in_terminal).error() == "not_found");
    server.reset();
    how.adjust = nullptr;
    server.emplace(how);
    BOOST_TEST(server->connect("watched").ask("exec", shell_in_terminal).error() == "unsupported");
    BOOST_TEST(server->connect("watched").ask("exec", R"({"argv":["true"]})").error() == "unsupported");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
