// tug -z and --delta: what goes over the link.

#include "support/cli_checks.hpp"
#include "support/cut_link.hpp"
#include "support/raw_client.hpp"
#include "support/tugd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace tug::test;
namespace fs = std::filesystem;

namespace {

std::string lines(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) out += "GET /index.html 200 " + std::to_string(i % 991) + "\n";
    out.resize(size);
    return out;
}

const std::string text = lines(4'000'000);
using way = cut_link::way;

struct linked : tugd_fixture {
    /// Bytes that pass that way for a command in which each "LINK" stands for the host.
    std::uint64_t passed(way which, std::vector<std::string> command) {
        const cut_link link(daemon.address(), which, 0, 0);
        for (auto& word : command)
            if (const auto at = word.find("LINK"); at != std::string::npos)
                word.replace(at, 4, "tug://" + link.address());
        const auto done = tug(command);
        BOOST_TEST(done.exit_code == 0, done.err);
        return link.passed(which);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_compression, linked)

BOOST_AUTO_TEST_CASE(puts_and_gets_that_are_compressed) {
    write_file(local / "in", text);
    BOOST_TEST(passed(way::to_server, {"put", "-z", local / "in", "LINK/a"}) < text.size() / 5);
    BOOST_TEST((read_file(in_root("a")) == text));
    BOOST_TEST(passed(way::to_server, {"put", local / "in", "LINK/b"}) > text.size()); // never by itself
    BOOST_TEST(passed(way::to_client, {"get", "--compress=9", "LINK/a", local / "out"}) < text.size() / 5);
    BOOST_TEST((read_file(local / "out") == text));
    BOOST_TEST(passed(way::to_client, {"cp", "-z", "LINK/a", local / "copy"}) < text.size() / 5);
    BOOST_TEST(passed(way::to_server, {"cp", "-z", local / "in", "LINK/c"}) < text.size() / 5);
    // From host to host: both ways to the client and from it.
    BOOST_TEST(passed(way::to_client, {"cp", "-z", "LINK/a", ":d"}) < text.size() / 5);
    BOOST_TEST(passed(way::to_server, {"cp", "--compress=9", ":a", "LINK/e"}) < text.size() / 5);
    BOOST_TEST((read_file(in_root("d")) == text));
    BOOST_TEST((read_file(in_root("e")) == text));
    fs::create_directory(local / "dir");
    write_file(local / "dir/log", text);
    BOOST_TEST(passed(way::to_server, {"put", "-z", local / "dir", "LINK/dir"}) < text.size() / 5);
    BOOST_TEST((read_file(in_root("dir/log")) == text));
    BOOST_TEST(passed(way::to_server, {"cp", "-z", ":dir", "LINK/relayed"}) < text.size() / 5);
    BOOST_TEST((read_file(in_root("relayed/log")) == text));
    BOOST_TEST(passed(way::to_client, {"sync", "-z", "LINK/dir", local / "back"}) < text.size() / 5);
    BOOST_TEST((read_file(local / "back/log") == text));
    check_failed(tug({"put", "--compress=20", local / "in", ":a"}), 2, "--compress");
    check_failed(tug({"put", "--compress=0", local / "in", ":a"}), 2, "--compress");
}

BOOST_AUTO_TEST_CASE(only_what_differs) {
    auto image = sample_bytes(8'000'000);
    write_file(in_root("image"), image);
    write_file(local / "image", image);
    image.replace(3'000'000, 50'000, sample_bytes(50'000));
    image += sample_bytes(100'000);
    write_file(in_root("image"), image);
    BOOST_TEST(passed(way::to_client, {"get", "--delta", "LINK/image", local / "image"}) < 600'000U);
    BOOST_TEST((read_file(local / "image") == image));
    image[5] ^= 1;
    write_file(local / "image", image);
    BOOST_TEST(passed(way::to_server, {"put", "--delta", local / "image", "LINK/image"}) < 200'000U);
    BOOST_TEST((read_file(in_root("image")) == image));
    BOOST_TEST(passed(way::to_client, {"get", "--delta", "-z", "LINK/image", local / "new"}) > image.size());
    BOOST_TEST((read_file(local / "new") == image));
}

BOOST_AUTO_TEST_SUITE_END()
