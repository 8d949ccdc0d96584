#include "tug/os/tree_watch.hpp"

#include "scratch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace tug::os;
using namespace tug::os::test;

std::string text_of(const watch_event& e) {
    constexpr const char* names[] = {"ready", "created", "changed", "removed", "renamed", "overflow", "unwatched"};
    auto out = std::string(names[static_cast<int>(e.kind)]) + " " + (e.from.empty() ? "" : e.from + " ") + e.path;
    return out + (e.directory ? "/" : "");
}

using lines = std::vector<std::string>;

/// Of a recursive watch, with its name; "none" where it has none.
std::string failure_of_watch(const std::filesystem::path& directory) {
    const auto text = [](const tug::proto::failure& why) {
        return std::string(name_of(why.code)) + ": " + why.message;
    };
    auto watch = tree_watch::begin(root::open(directory.string()).value(), ".", true);
    if (!watch) return text(watch.error());
    while (watch->has_more())
        if (const auto came = watch->take(100); !came) return text(came.error());
    return "none";
}

/// The same in a user namespace in which `limit` is `most`. Empty where there can be none.
std::string failure_within(const std::filesystem::path& directory, const std::string& limit, std::string_view most) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(static_cast<int*>(ends), O_CLOEXEC) == 0);
    const unique_fd from(ends[0]);
    unique_fd to(ends[1]);
    const auto child = ::fork();
    if (child == 0) {
        std::string out;
        const auto set = [&] {
            const unique_fd file(::open(("/proc/sys/user/" + limit).c_str(), O_WRONLY | O_CLOEXEC));
            return ::write(file.get(), most.data(), most.size()) == static_cast<ssize_t>(most.size());
        };
        if (::unshare(CLONE_NEWUSER) == 0 && set()) out = failure_of_watch(directory);
        ::_exit(::write(to.get(), out.data(), out.size()) == static_cast<ssize_t>(out.size()) ? 0 : 1);
    }
    to.reset();
    std::string out(4'096, '\0');
    const auto n = ::read(from.get(), out.data(), out.size());
    int status = 0;
    ::waitpid(child, &status, 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
}

/// A watch and all that it has told.
struct watched {
    tree_watch watch;
    lines told;

    explicit watched(tug::proto::result<tree_watch> begun) : watch(std::move(begun.value())) {}

    /// Takes until `enough`; what does not come in a long time fails the test.
    bool until(const std::function<bool()>& enough) {
        while (!enough()) {
            pollfd more{watch.descriptor(), POLLIN, 0};
            if (!watch.has_more() && ::poll(&more, 1, 20'000) != 1) return false;
            auto came = watch.take(100);
            if (!came) throw std::runtime_error(came.error().message);
            for (const auto& e : *came) told.push_back(text_of(e));
            if (watch.over()) return enough();
        }
        return true;
    }

    bool until(const std::string& line) {
        return until([&] { return std::ranges::find(told, line) != told.end(); });
    }

    /// What was told up to that line, which is made to come; it is forgotten then.
    lines up_to(const std::string& line) {
        BOOST_TEST(until(line), "not told: " + line);
        auto out = std::exchange(told, {});
        out.resize(static_cast<std::size_t>(std::ranges::find(out, line) - out.begin()));
        return out;
    }
};

std::set<std::string> set_of(const lines& from) {
    return {from.begin(), from.end()};
}

struct fixture {
    scratch s;
    fs::path in = s.inside;

    fixture() {
        fs::create_directories(in / "d/e");
        write_file(in / "d/f", "x");
    }

    watched begin(bool recursive, std::string_view path = "/", resolver how = resolver::automatic) {
        watched out(tree_watch::begin(s.open(how), path, recursive));
        BOOST_TEST(out.until("ready ./"));
        out.told.clear();
        return out;
    }
};

using per_element = boost::test_tools::per_element;

} // namespace

BOOST_FIXTURE_TEST_SUITE(tree_watch_test, fixture)

BOOST_AUTO_TEST_CASE(what_happens_to_files) {
    with_each_resolver([&](resolver how) {
        auto w = begin(true, "/", how);
        write_file(in / "a", "");
        write_file(in / "d/f", "more");
        ::chmod((in / "a").c_str(), 0600);
        fs::rename(in / "a", in / "d/e/b");
        fs::remove(in / "d/e/b");
        fs::create_directory(in / "end");
        const lines expected{"created a", "changed d/f", "changed a", "renamed a d/e/b", "removed d/e/b"};
        BOOST_TEST(w.up_to("created end/") == expected, per_element());
        fs::remove(in / "end");
        BOOST_TEST(w.up_to("removed end/").empty());
    });
}

BOOST_AUTO_TEST_CASE(one_directory_alone) {
    auto w = begin(false);
    write_file(in / "d/g", "");
    fs::create_directory(in / "new");
    write_file(in / "new/x", "");
    write_file(in / "end", "");
    BOOST_TEST(w.up_to("created end") == lines{"created new/"}, per_element());
}

/// Directories that come, also with what is in them already, are watched.
BOOST_AUTO_TEST_CASE(directories_that_appear) {
    auto w = begin(true);
    fs::create_directories(s.outside / "tree/sub");
    write_file(s.outside / "tree/sub/f", "");
    fs::rename(s.outside / "tree", in / "d/tree");
    BOOST_TEST(set_of(w.up_to("created d/tree/sub/f")) ==
               (std::set<std::string>{"created d/tree/", "created d/tree/sub/"}));
    write_file(in / "d/tree/sub/g", "");
    BOOST_TEST(w.up_to("created d/tree/sub/g").empty());
    fs::create_directories(in / "a/b/c/d");
    write_file(in / "a/b/c/d/f", "");
    BOOST_TEST(w.until("created a/b/c/d/f"));
    w.told.clear();
    write_file(in / "a/b/c/d/f", "x");
    BOOST_TEST(w.until("changed a/b/c/d/f"));
}

BOOST_AUTO_TEST_CASE(directories_that_are_renamed_or_leave) {
    auto w = begin(true);
    fs::rename(in / "d", in / "r");
    write_file(in / "r/e/x", "");
    BOOST_TEST(w.up_to("created r/e/x") == lines{"renamed d r/"}, per_element());
    fs::rename(in / "r/e", s.outside / "e");
    write_file(s.outside / "e/secret", "");
    fs::rename(s.outside / "e", in / "back");
    BOOST_TEST(w.until("created back/secret"));
    BOOST_TEST(set_of(std::exchange(w.told, {})) ==
               (std::set<std::string>{"removed r/e/", "created back/", "created back/x", "created back/secret"}));
    // What happens to what has left is not told.
    fs::rename(in / "back", s.outside / "e");
    write_file(s.outside / "e/more", "");
    write_file(in / "end", "");
    BOOST_TEST(w.up_to("created end") == lines{"removed back/"}, per_element());
}

/// A directory of the same name as one that was removed.
BOOST_AUTO_TEST_CASE(a_name_that_is_used_again) {
    auto w = begin(true);
    for (int i = 0; i < 50; ++i) {
        fs::remove_all(in / "d");
        fs::create_directories(in / "d/e");
        write_file(in / "d/e" / std::to_string(i), "");
        BOOST_TEST(w.until("created d/e/" + std::to_string(i)));
    }
}

BOOST_AUTO_TEST_CASE(links_lead_nowhere) {
    fs::create_directory_symlink(s.outside, in / "out");
    auto w = begin(true);
    write_file(s.outside / "secret", "");
    fs::create_directory_symlink(s.outside, in / "d/out");
    write_file(s.outside / "more", "");
    write_file(in / "end", "");
    BOOST_TEST(w.up_to("created end") == lines{"created d/out"}, per_element());
    // What was a directory when the kernel told of it is a symlink when it is looked into.
    fs::create_directory(in / "x");
    fs::remove(in / "x");
    fs::create_directory_symlink(s.outside, in / "x");
    fs::remove(in / "end");
    BOOST_TEST(w.up_to("removed end") == (lines{"created x/", "removed x/", "created x"}), per_element());
    BOOST_TEST((tree_watch::begin(s.open(), "../outside", false).error().code == tug::proto::errc::path_denied));
    BOOST_TEST((tree_watch::begin(s.open(), "out", false).error().code == tug::proto::errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_file) {
    auto begun = tree_watch::begin(s.open(), "d/f", true);
    watched w(std::move(begun));
    BOOST_TEST(w.until("ready ."));
    w.told.clear();
    write_file(in / "d/other", "");
    write_file(in / "d/f", "new");
    write_file(in / "d/next", "");
    fs::rename(in / "d/next", in / "d/f");
    fs::remove(in / "d/f");
    BOOST_TEST(w.up_to("removed .") == (lines{"changed .", "created ."}), per_element());
}

BOOST_AUTO_TEST_CASE(what_is_watched_goes) {
    auto w = begin(true, "d");
    fs::remove_all(in / "d");
    BOOST_TEST(w.until("removed ./"));
    BOOST_TEST(w.watch.over());
    fs::create_directories(in / "d");
    auto moved = begin(true, "d");
    fs::rename(in / "d", in / "x");
    BOOST_TEST(moved.until("removed ./"));
    BOOST_TEST(moved.watch.over());
}

/// More than the queue of the kernel holds. Nothing is told twice of what was lost, and all is watched afterwards.
BOOST_AUTO_TEST_CASE(an_overflow) {
    auto w = begin(true);
    const auto queue = std::stoul(read_file("/proc/sys/fs/inotify/max_queued_events"));
    fs::create_directories(in / "many");
    for (std::size_t i = 0; i < queue + 100; ++i) {
        const auto name = (in / "d" / std::to_string(i)).string();
        ::close(::open(name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    fs::create_directories(in / "late/sub"); // lost
    BOOST_TEST(w.until("overflow ./"));
    w.told.clear();
    write_file(in / "late/sub/f", "");
    BOOST_TEST(w.up_to("created late/sub/f").empty());
}

/// They are those of a user namespace, so that one of the test's own has others.
BOOST_AUTO_TEST_CASE(limits_of_inotify) {
    const auto instances = failure_within(in, "max_inotify_instances", "0");
    if (instances.empty()) return; // no such namespace here
    BOOST_TEST(instances.starts_with("busy: "), instances);
    BOOST_TEST(instances.find("fs.inotify.max_user_instances") != std::string::npos, instances);
    const auto watches = failure_within(in, "max_inotify_watches", "2");
    BOOST_TEST(watches.starts_with("busy: "), watches);
    BOOST_TEST(watches.find("fs.inotify.max_user_watches") != std::string::npos, watches);
    BOOST_TEST(failure_within(in, "max_inotify_watches", "100") == "none");
}

BOOST_AUTO_TEST_CASE(many_events_of_which_none_is_missed) {
    auto w = begin(true);
    std::size_t created = 0;
    std::size_t removed = 0;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 1'000; ++i) write_file(in / "d/e" / std::to_string(i), "");
        for (int i = 0; i < 1'000; ++i) fs::remove(in / "d/e" / std::to_string(i));
        const auto mark = "mark" + std::to_string(round);
        write_file(in / mark, "");
        for (const auto& line : w.up_to("created " + mark)) {
            created += line.starts_with("created d/e/") ? 1 : 0;
            removed += line.starts_with("removed d/e/") ? 1 : 0;
        }
    }
    BOOST_TEST(created == 5'000U);
    BOOST_TEST(removed == 5'000U);
}

/// As tug itself stores files: by names that no user wants to know.
BOOST_AUTO_TEST_CASE(temporaries_are_not_told) {
    auto w = begin(true);
    write_file(in / ".tug-0123456789abcdef.tmp", "");
    fs::rename(in / ".tug-0123456789abcdef.tmp", in / "stored");
    BOOST_TEST(w.up_to("created stored").empty());
    {
        const unique_fd nameless(::open(in.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
        BOOST_TEST(::write(nameless.get(), "x", 1) == 1);
        ::fchmod(nameless.get(), 0640);
        write_file(in / "#1", "");
        write_file(in / "#1", "x");
        BOOST_TEST(w.up_to("changed #1") == lines{"created #1"}, per_element());
    }
    fs::create_directory(in / ".tug-0123456789abcdef.tmp");
    write_file(in / ".tug-0123456789abcdef.tmp/x", "");
    fs::rename(in / ".tug-0123456789abcdef.tmp", in / "tree");
    BOOST_TEST(w.up_to("created tree/x") == lines{"created tree/"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_that_may_not_be_read) {
    if (::geteuid() != 0) return;
    fs::create_directory(in / "closed");
    ::chmod((in / "closed").c_str(), 0700);
    ::chmod(in.c_str(), 0777);
    const plain_user lowly;
    watched w(tree_watch::begin(s.open(), "/", true));
    BOOST_TEST(w.until("ready ./"));
    BOOST_TEST(w.told.front() == "unwatched closed/");
    BOOST_TEST((tree_watch::begin(s.open(), "closed", false).error().code == tug::proto::errc::permission_denied));
}

/// A tree as deep as no stack is.
BOOST_AUTO_TEST_CASE(a_deep_tree) {
    constexpr int levels = 1'000;
    int at = ::open((in / "d").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < levels; ++i) {
        BOOST_TEST_REQUIRE(::mkdirat(at, "n", 0755) == 0);
        const int below = ::openat(at, "n", O_PATH | O_DIRECTORY | O_CLOEXEC);
        ::close(at);
        at = below;
    }
    auto w = begin(true);
    ::close(::openat(at, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ::close(at);
    std::string path = "created d/";
    for (int i = 0; i < levels; ++i) path += "n/";
    BOOST_TEST(w.until(path + "f"));
}

BOOST_AUTO_TEST_SUITE_END()
