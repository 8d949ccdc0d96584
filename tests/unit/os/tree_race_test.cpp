// Trees while another process renames what they are written to or read from, and while their writer is killed.
#include "tree_transfer.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

namespace {

using namespace tug::os;
using namespace tug::os::test;

constexpr std::chrono::milliseconds duration{300};
constexpr std::chrono::seconds patience{20};

/// Swaps two names as fast as it can while `attempt` is called, until it was right at least once.
template <class Attempt>
void while_swapping(const fs::path& a, const fs::path& b, Attempt attempt) {
    std::jthread other([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    });
    const auto begin = std::chrono::steady_clock::now();
    int right = 0;
    const auto goes_on = [&] {
        const auto time = std::chrono::steady_clock::now() - begin;
        return time < duration || (right == 0 && time < patience);
    };
    while (goes_on())
        if (attempt()) ++right;
    BOOST_TEST(right > 0);
}

BOOST_AUTO_TEST_SUITE(tree_race_test)

BOOST_AUTO_TEST_CASE(a_directory_that_becomes_a_symlink_is_not_written_through) {
    const scratch s;
    fs::create_directories(s.inside / "d");
    fs::create_directories(s.outside / "e");
    write_file(s.outside / "secret", "secret");
    fs::create_directory_symlink(s.outside, s.inside / "link");
    tree_write_options how;
    how.remove = true;
    how.durable = false;
    const auto stream = record(R"({"path":"d","type":"directory","mode":448})") +
                        record(R"({"path":"d/e","type":"directory","mode":448})") +
                        record(R"({"path":"d/e/new","type":"file","size":1,"mode":420})", "x") +
                        record(R"({"path":"d/e/symlink","type":"symlink","target":"x"})") +
                        record(R"({"path":"d/e2","type":"file","link":"d/e/new"})") +
                        record(R"({"path":"d/secret","absent":true})");
    while_swapping(s.inside / "d", s.inside / "link", [&] {
        tree_writer writer(open_directory(s.inside), how);
        return write_stream(writer, stream).has_value();
    });
    BOOST_TEST(read_file(s.outside / "secret") == "secret");
    BOOST_TEST(entries(s.outside).size() == 2U);
    BOOST_TEST(entries(s.outside / "e").empty());
    BOOST_TEST(mode_of(s.outside / "e") == 0755U);
}

BOOST_AUTO_TEST_CASE(nor_is_it_read_through) {
    const scratch s;
    fs::create_directories(s.inside / "d" / "e");
    write_file(s.inside / "d" / "e" / "f", "inside");
    fs::create_directories(s.outside / "e");
    write_file(s.outside / "e" / "f", "secret");
    write_file(s.outside / "secret", "secret");
    fs::create_directory_symlink(s.outside, s.inside / "link");
    while_swapping(s.inside / "d", s.inside / "link", [&] {
        const auto stream = stream_of(s.inside);
        BOOST_REQUIRE(stream.find("secret") == std::string::npos);
        return stream.find("inside") != std::string::npos;
    });
}

/// Old or new, whole, at every moment; and what is left goes with the next tree.
BOOST_AUTO_TEST_CASE(a_writer_that_is_killed) {
    const scratch s;
    const auto tree_of = [&](const char* name, char content) {
        const auto top = s.outside / name;
        for (int d = 0; d < 10; ++d) {
            const auto directory = top / std::to_string(d);
            fs::create_directories(directory);
            for (int i = 0; i < 50; ++i) write_file(directory / std::to_string(i), std::string(1'000, content));
        }
        return top;
    };
    const std::vector<fs::path> trees{tree_of("a", 'a'), tree_of("b", 'b')};
    const std::vector<std::map<std::string, std::string>> pictures{picture(trees[0]), picture(trees[1])};
    const std::vector<std::string> streams{stream_of(trees[0]), stream_of(trees[1])};
    const auto put = [&](std::size_t which) {
        std::optional<tree_writer> writer;
        if (!begin_beside(writer, s.inside, "tree", tree_target::directory)) return false;
        return write_stream(*writer, streams[which], 10'000).has_value();
    };
    BOOST_REQUIRE(put(0));
    std::size_t there = 0;
    int killed = 0;
    for (int round = 0; round < 40; ++round) {
        const std::size_t next = 1 - there;
        const pid_t child = ::fork();
        if (child == 0) {
            static_cast<void>(put(next));
            ::_exit(0);
        }
        const std::chrono::microseconds moment(round * 700);
        std::this_thread::sleep_for(moment); // lint-allow(sleeps): when it is killed
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        killed += WIFSIGNALED(status) ? 1 : 0;
        const auto now = picture(s.inside / "tree");
        BOOST_TEST((now == pictures[there] || now == pictures[next]));
        there = now == pictures[next] ? next : there;
    }
    BOOST_TEST(killed > 0);
    BOOST_TEST(put(1 - there));
    BOOST_TEST((entries(s.inside) == std::vector<std::string>{"tree"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
