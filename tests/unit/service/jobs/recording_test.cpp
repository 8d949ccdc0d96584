// Recordings of terminal sessions: what is in the file, its limit, and how old ones make room.

#include "jobs/recordings.hpp"
#include "jobs/utf8_stream.hpp"

#include "support/program.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tug::service;
using tug::test::temp_dir;

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

struct fixture {
    temp_dir dir;
    recording_options how;

    fixture() { how.directory = dir / "casts"; }

    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& e : fs::directory_iterator(how.directory)) names.push_back(e.path().filename());
        std::ranges::sort(names);
        return names;
    }

    /// The lines of a file, each as it was parsed.
    [[nodiscard]] std::vector<boost::json::value> lines(const std::string& name) const {
        std::ifstream in(how.directory + "/" + name);
        std::vector<boost::json::value> out;
        for (std::string line; std::getline(in, line);) out.push_back(boost::json::parse(line));
        return out;
    }
};

/// "o:text" of an event.
std::string told(const boost::json::value& line) {
    const auto& a = line.as_array();
    return std::string(a.at(1).as_string()) + ":" + std::string(a.at(2).as_string());
}

BOOST_FIXTURE_TEST_SUITE(recording_test, fixture)

BOOST_AUTO_TEST_CASE(characters_that_come_in_pieces) {
    utf8_stream in;
    BOOST_TEST(in.take("plain") == "plain");
    BOOST_TEST(in.take("\xe2\x82") == "");
    BOOST_TEST(in.take("\xac\xf0\x9f") == "\u20ac");
    BOOST_TEST(in.take("\x98\x80!") == "\U0001f600!");
    BOOST_TEST(in.take("a\xff"
                       "b\xe2\x28\xc0\xaf") == "a\ufffdb\ufffd(\ufffd\ufffd");
    BOOST_TEST(in.take("\xe2") == "");
    BOOST_TEST(in.finish() == "\ufffd");
    BOOST_TEST(in.finish() == "");
}

BOOST_AUTO_TEST_CASE(a_session) {
    const auto all = recordings::open(how).value();
    std::string name;
    {
        const auto it = all->write(all->begin("deploy/../x", "bash", {31, 127, "vt220"}, false).value());
        name = it->name();
        it->shown(bytes("hel"));
        it->shown(bytes("lo \"\x1b[0m\xe2\x82"));
        it->typed(bytes("secret"));
        it->resized(10, 20);
        it->shown(bytes("\xac"));
        it->finish();
    }
    all->join();
    BOOST_TEST(name.ends_with(".cast"));
    BOOST_TEST(name.find("-deploy____x-") != std::string::npos, name);
    struct stat file{};
    BOOST_TEST(::stat((how.directory + "/" + name).c_str(), &file) == 0);
    BOOST_TEST((file.st_mode & 07777) == 0600U);
    BOOST_TEST(::stat(how.directory.c_str(), &file) == 0);
    BOOST_TEST((file.st_mode & 07777) == 0700U);
    const auto found = lines(name);
    BOOST_REQUIRE(found.size() == 5U);
    const auto& header = found[0].as_object();
    BOOST_TEST(header.at("version").as_int64() == 2);
    BOOST_TEST(header.at("width").as_int64() == 127);
    BOOST_TEST(header.at("height").as_int64() == 31);
    BOOST_TEST(header.at("command").as_string() == "bash");
    BOOST_TEST(header.at("env").at("TERM").as_string() == "vt220");
    BOOST_TEST(told(found[1]) == "o:hel");
    BOOST_TEST(told(found[2]) == "o:lo \"\x1b[0m");
    BOOST_TEST(told(found[3]) == "r:20x10");
    BOOST_TEST(told(found[4]) == "o:\u20ac");
    BOOST_TEST(found[1].as_array().at(0).as_double() <= found[4].as_array().at(0).as_double());
}

BOOST_AUTO_TEST_CASE(input_where_it_is_asked_for) {
    const auto all = recordings::open(how).value();
    const auto it = all->write(all->begin("", "x", {24, 80, "x"}, true).value());
    it->typed(bytes("typed"));
    it->finish();
    all->join();
    BOOST_TEST(told(lines(it->name()).at(1)) == "i:typed");
}

BOOST_AUTO_TEST_CASE(a_session_of_which_nothing_was_seen) {
    const auto all = recordings::open(how).value();
    const auto it = all->write(all->begin("k", "x", {24, 80, "x"}, false).value());
    it->finish();
    all->drop(*all->begin("k", "never begun", {24, 80, "x"}, false).value());
    all->join();
    BOOST_TEST(lines(it->name()).size() == 1U);
    BOOST_TEST(files().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_file) {
    how.session_bytes = 10'000;
    const auto all = recordings::open(how).value();
    const auto it = all->write(all->begin("k", "x", {24, 80, "x"}, false).value());
    for (int n = 0; n < 1000; ++n) it->shown(bytes("fifty bytes of what was shown, and a number behind\r\n"));
    it->finish();
    all->join();
    BOOST_TEST(fs::file_size(how.directory + "/" + it->name()) <= 10'000U);
    const auto found = lines(it->name());
    BOOST_TEST(found.size() > 50U);
    BOOST_TEST(told(found.back()).starts_with("m:the recording ends here"));
}

BOOST_AUTO_TEST_CASE(the_oldest_make_room) {
    how.session_bytes = 4'000;
    how.all_bytes = 10'000;
    const auto all = recordings::open(how).value();
    const auto write = [&](const std::string& name, std::size_t size) {
        std::ofstream(how.directory + "/" + name) << std::string(size, 'x');
    };
    write("20200101T000000Z-a-00000000.cast", 3'000);
    write("20200102T000000Z-a-00000000.cast", 3'000);
    write("20200103T000000Z-a-00000000.cast", 3'000);
    write("20200100T000000Z-not-ours.txt", 50'000);
    const auto it = all->write(all->begin("k", "x", {24, 80, "x"}, false).value());
    BOOST_TEST(files().size() == 4U);
    BOOST_TEST(files()[1] == "20200102T000000Z-a-00000000.cast");
    // One that is still written to stays.
    it->shown(bytes(std::string(3'000, 'y')));
    const auto second = all->write(all->begin("k", "x", {24, 80, "x"}, false).value());
    all->join();
    BOOST_TEST(fs::exists(how.directory + "/" + it->name()));
    BOOST_TEST(fs::exists(how.directory + "/" + second->name()));
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be) {
    how.directory = "/proc/self/status";
    BOOST_TEST(recordings::open(how).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
