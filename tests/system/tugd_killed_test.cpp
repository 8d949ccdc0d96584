// kill -9 at any moment: the old file or the new one, whole; and what was answered is there.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

constexpr std::size_t writers = 4;
constexpr int rounds = 20;

/// A version of a file: its number all over, and a length of its own.
std::string version(unsigned number) {
    const auto text = "version " + std::to_string(number) + "\n";
    std::string out;
    while (out.size() < 200'000 + number % 7 * 100'000) out += text;
    return out;
}

/// The version that the file holds, whole; none other is a version.
std::optional<unsigned> version_in(const std::string& path) {
    const auto content = read_file(path);
    if (!content.starts_with("version ")) return std::nullopt;
    const auto number = static_cast<unsigned>(std::stoul(content.substr(8)));
    return content == version(number) ? std::optional(number) : std::nullopt;
}

/// Puts version after version of one file until tugd is gone.
class writer {
public:
    writer(const tugd_under_test& tugd, std::string name, unsigned answered, std::atomic<int>& total)
        : client_(tugd.connect()), name_(std::move(name)), answered_(answered), total_(total), thread_([this] {
              run();
          }) {}

    /// The last version that was answered.
    unsigned join() {
        thread_.join();
        BOOST_TEST(why_.find("error in the place") == std::string::npos, why_);
        return answered_;
    }

private:
    void run() {
        try {
            for (;;) {
                static_cast<void>(client_.put(name_, version(answered_ + 1)).result());
                ++answered_;
                ++total_;
                total_.notify_all();
            }
        } catch (const std::exception& e) {
            why_ = e.what();
        }
        total_ += 1'000'000; // no test waits for more
        total_.notify_all();
    }

    wire_client client_;
    std::string name_;
    unsigned answered_;
    std::atomic<int>& total_;
    std::string why_; ///< Why it ended: tugd is gone.
    std::thread thread_;
};

std::string file_name(std::size_t n) {
    return "file" + std::to_string(n);
}

/// One tugd from its start until it is killed after that many answers. `answered` has one number for each file.
void put_until_killed(const std::string& root, int answers, std::array<unsigned, writers>& answered) {
    launch how;
    how.root = root;
    tugd_under_test tugd({}, how);
    std::atomic<int> total = 0;
    std::vector<std::unique_ptr<writer>> all;
    for (std::size_t n = 0; n < writers; ++n)
        all.push_back(std::make_unique<writer>(tugd, file_name(n), answered[n], total));
    for (int seen = total; seen < answers; seen = total) total.wait(seen);
    tugd.signal(SIGKILL);
    BOOST_TEST(tugd.wait() == 128 + SIGKILL);
    for (std::size_t n = 0; n < writers; ++n) answered[n] = all[n]->join();
}

int locked_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    BOOST_TEST_REQUIRE(fd >= 0);
    BOOST_TEST_REQUIRE(::flock(fd, LOCK_EX | LOCK_NB) == 0);
    return fd;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_killed)

BOOST_AUTO_TEST_CASE(files_are_old_or_new_and_whole) {
    const temp_dir root;
    std::array<unsigned, writers> answered{};
    for (std::size_t n = 0; n < writers; ++n) write_file(root / file_name(n), version(0));
    for (int round = 0; round < rounds; ++round) {
        put_until_killed(root.path().string(), 1 + round % 9, answered);
        for (std::size_t n = 0; n < writers; ++n) {
            const auto there = version_in(root / file_name(n));
            BOOST_TEST_REQUIRE(there.has_value(), file_name(n) << " is torn in round " << round);
            // The one in flight may have come as far as its rename.
            BOOST_TEST((*there == answered[n] || *there == answered[n] + 1), *there << " after " << answered[n]);
            answered[n] = *there;
        }
    }
    // What a kill left goes with the next put into the directory.
    launch how;
    how.root = root.path().string();
    const tugd_under_test tugd({}, how);
    BOOST_TEST(tugd.connect().put("last", "one").error() == "");
    const auto files = std::distance(fs::directory_iterator(root.path()), fs::directory_iterator());
    BOOST_TEST(files == static_cast<std::ptrdiff_t>(writers) + 1);
}

BOOST_AUTO_TEST_CASE(leftovers_go_and_nothing_else_does) {
    const tugd_under_test tugd;
    fs::create_directory(tugd.in_root("dir"));
    const auto in_dir = [&](const char* name) { return tugd.in_root("dir/") + name; };
    write_file(in_dir(".tug-0123456789abcdef.tmp"), "left by a kill");
    const std::vector<const char*> others{".tug-0123456789abcde.tmp", ".tug-0123456789ABCDEF.tmp", "tug.tmp",
                                          ".tug-0123456789abcdef.tmp2"};
    for (const auto* name : others) write_file(in_dir(name), "somebody's");
    const int held = locked_file(in_dir(".tug-fedcba9876543210.tmp"));
    BOOST_TEST(tugd.connect().put("dir/new", "file").error() == "");
    BOOST_TEST(!fs::exists(in_dir(".tug-0123456789abcdef.tmp")));
    BOOST_TEST(fs::exists(in_dir(".tug-fedcba9876543210.tmp")));
    for (const auto* name : others) BOOST_TEST(fs::exists(in_dir(name)), name);
    ::close(held);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
