#include "scratch.hpp"
#include "support/mounted.hpp"

#include <tug/os/staged_file.hpp>
#include <tug/os/temporary_name.hpp>

#include <array>
#include <atomic>
#include <barrier>
#include <thread>

namespace {

using namespace tug::os;
using namespace tug::os::test;
using tug::proto::errc;
using tug::test::mounted;

using outcome = tug::proto::result<void>;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

tug::proto::result<staged_file> stage(const root& r, std::string_view path, const staged_options& options,
                                      staging how) {
    auto target = r.open_parent(path, false, options.durable);
    if (!target) return target.error();
    return tug::os::test::stage(std::move(*target), options, how);
}

/// A whole put.
outcome put(const root& r, std::string_view path, std::string_view text, const staged_options& options, staging how) {
    auto staged = stage(r, path, options, how);
    if (!staged) return staged.error();
    if (auto written = staged->write(bytes_of(text)); !written) return written;
    return staged->commit();
}

errc code(const outcome& done) {
    return done ? errc::success : done.error().code;
}

template <class Test>
void with_each_staging(Test test) {
    BOOST_TEST_CONTEXT("nameless") {
        test(staging::automatic);
    }
    BOOST_TEST_CONTEXT("named") {
        test(staging::named);
    }
}

const staged_options keep{.durable = true, .overwrite = false};

BOOST_AUTO_TEST_SUITE(staged_file_test)

BOOST_AUTO_TEST_CASE(new_files_and_replaced_ones) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        BOOST_TEST((code(put(r, "f", "one", {}, how)) == errc::success));
        BOOST_TEST(read_file(s.inside / "f") == "one");
        BOOST_TEST((code(put(r, "f", "", {}, how)) == errc::success));
        BOOST_TEST(read_file(s.inside / "f").empty());
        BOOST_TEST((code(put(r, "f", "three", {.durable = false}, how)) == errc::success));
        BOOST_TEST(read_file(s.inside / "f") == "three");
        BOOST_TEST(entries(s.inside).size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_seen_before_the_commit) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        write_file(s.inside / "f", "old");
        auto staged = stage(r, "f", {}, how);
        BOOST_TEST_REQUIRE(staged.has_value());
        BOOST_TEST_REQUIRE(staged->write(bytes_of("ne")).has_value());
        BOOST_TEST_REQUIRE(staged->write(bytes_of("w")).has_value());
        BOOST_TEST(staged->size() == 3U);
        BOOST_TEST(read_file(s.inside / "f") == "old");
        const auto old = s.open().open_read("f");
        for (const auto& name : entries(s.inside)) BOOST_TEST((name == "f" || is_temporary_name(name)));
        BOOST_TEST_REQUIRE(staged->commit().has_value());
        BOOST_TEST(read_file(s.inside / "f") == "new");
        BOOST_TEST(read_fd(old->fd.get()) == "old"); // who has it open keeps the whole old file
        BOOST_TEST(entries(s.inside).size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(what_is_not_committed_leaves_nothing) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        write_file(s.inside / "f", "old");
        {
            auto dropped = stage(r, "f", {}, how);
            BOOST_TEST_REQUIRE(dropped.has_value());
            BOOST_TEST_REQUIRE(dropped->write(bytes_of("new")).has_value());
            const auto moved = std::move(*dropped); // the moved-from one must not discard what it gave away
        }
        BOOST_TEST(entries(s.inside).size() == 1U);
        auto discarded = stage(r, "g", {}, how);
        BOOST_TEST_REQUIRE(discarded.has_value());
        discarded->discard();
        discarded->discard();
        BOOST_TEST(entries(s.inside).size() == 1U);
        BOOST_TEST(read_file(s.inside / "f") == "old");
    });
}

BOOST_AUTO_TEST_CASE(without_overwrite) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        BOOST_TEST((code(put(r, "f", "one", keep, how)) == errc::success));
        BOOST_TEST((code(put(r, "f", "two", keep, how)) == errc::already_exists));
        fs::create_symlink("nowhere", s.inside / "link");
        BOOST_TEST((code(put(r, "link", "two", keep, how)) == errc::already_exists));

        auto late = stage(r, "late", keep, how);
        BOOST_TEST_REQUIRE(late.has_value());
        write_file(s.inside / "late", "theirs"); // appears between the beginning and the end
        BOOST_TEST((code(late->commit()) == errc::already_exists));
        BOOST_TEST(read_file(s.inside / "late") == "theirs");
        BOOST_TEST(read_file(s.inside / "f") == "one");
        BOOST_TEST(entries(s.inside).size() == 3U);
    });
}

BOOST_AUTO_TEST_CASE(what_stands_at_the_target) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        fs::create_directory(s.inside / "d");
        BOOST_TEST_REQUIRE(::mkfifo((s.inside / "fifo").c_str(), 0600) == 0);
        write_file(s.inside / "f", "aim");
        fs::create_symlink("f", s.inside / "link");
        for (const auto& options : {staged_options{}, keep}) {
            BOOST_TEST((code(put(r, "d", "x", options, how)) == errc::is_directory));
            BOOST_TEST((code(put(r, "fifo", "x", options, how)) == errc::not_a_regular_file));
        }
        BOOST_TEST((code(put(r, "link", "new", {}, how)) == errc::success));
        BOOST_TEST(fs::is_regular_file(fs::symlink_status(s.inside / "link")));
        BOOST_TEST(read_file(s.inside / "link") == "new");
        BOOST_TEST(read_file(s.inside / "f") == "aim");

        auto late = stage(r, "late", {}, how);
        BOOST_TEST_REQUIRE(late.has_value());
        fs::create_directory(s.inside / "late");
        BOOST_TEST((code(late->commit()) == errc::is_directory));
        BOOST_TEST(fs::is_empty(s.inside / "late"));
        BOOST_TEST(entries(s.inside).size() == 5U);
    });
}

BOOST_AUTO_TEST_CASE(a_directory_that_goes_away) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        fs::create_directory(s.inside / "d");
        auto staged = stage(r, "d/f", {}, how);
        BOOST_TEST_REQUIRE(staged.has_value());
        fs::remove_all(s.inside / "d");
        BOOST_TEST((code(staged->commit()) == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(mode_and_time) {
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        const umask_guard mask(077);
        BOOST_TEST((code(put(r, "f", "x", {}, how)) == errc::success));
        BOOST_TEST(mode_of(s.inside / "f") == 0644U);
        for (const unsigned mode : {0U, 0777U, 0200U, 0640U}) {
            BOOST_TEST((code(put(r, "f", "x", {.mode = mode}, how)) == errc::success));
            BOOST_TEST(mode_of(s.inside / "f") == mode);
        }
        for (const std::int64_t time : {std::int64_t{0}, std::int64_t{1'700'000'000'123'456'789}, std::int64_t{-1},
                                        std::int64_t{-1'000'000'000}, std::int64_t{-1'500'000'001}}) {
            BOOST_TEST((code(put(r, "f", "x", {.mtime_ns = time}, how)) == errc::success));
            BOOST_TEST(r.open_read("f")->mtime_ns == time);
        }
    });
}

BOOST_AUTO_TEST_CASE(as_a_plain_user) {
    with_each_staging([](staging how) {
        const scratch s;
        fs::create_directory(s.inside / "mine");
        if (::geteuid() == 0) BOOST_TEST_REQUIRE(::chown((s.inside / "mine").c_str(), plain_user::nobody, 0) == 0);
        const plain_user nobody;
        const auto r = s.open();
        for (int round = 0; round < 2; ++round) { // a link, then a replacement: naming it needs no capability
            BOOST_TEST((code(put(r, "mine/f", "x", {}, how)) == errc::success));
            BOOST_TEST(entries(s.inside / "mine").size() == 1U);
        }
        if (::getuid() == 0) BOOST_TEST((code(put(r, "f", "x", {}, how)) == errc::permission_denied));
    });
}

BOOST_AUTO_TEST_CASE(two_writers_one_whole_version) {
    static constexpr std::size_t size = 100'000;
    constexpr int rounds = 60;
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        std::atomic<int> failures = 0;
        std::atomic<int> running = 2;
        const auto writer = [&](char letter) {
            for (int round = 0; round < rounds; ++round)
                if (!put(r, "f", std::string(size, letter), {.durable = false}, how)) ++failures;
            --running;
        };
        std::thread a(writer, 'a');
        std::thread b(writer, 'b');
        int torn = 0;
        while (running > 0) {
            const auto text = content_or_error(r, "f");
            if (text == "not_found") continue;
            if (text.size() != size || text.find_first_not_of(text.front()) != std::string::npos) ++torn;
        }
        a.join();
        b.join();
        BOOST_TEST(failures == 0);
        BOOST_TEST(torn == 0);
        BOOST_TEST(read_file(s.inside / "f").size() == size);
        BOOST_TEST(entries(s.inside).size() == 1U);
    });
}

/// Both find the name free: they sync between the look at it and the taking of it, which is time enough.
BOOST_AUTO_TEST_CASE(one_of_two_writers_takes_a_free_name) {
    static constexpr int rounds = 60;
    with_each_staging([](staging how) {
        const scratch s;
        const auto r = s.open();
        std::array<int, rounds> stored_by_a{};
        std::array<int, rounds> stored_by_b{};
        std::barrier together(2);
        const auto writer = [&](std::array<int, rounds>& stored) {
            for (int round = 0; round < rounds; ++round) {
                auto staged = stage(r, std::to_string(round), {.durable = true, .overwrite = false}, how);
                together.arrive_and_wait();
                if (staged && staged->commit()) stored[static_cast<std::size_t>(round)] = 1;
                together.arrive_and_wait();
            }
        };
        std::thread a([&] { writer(stored_by_a); });
        std::thread b([&] { writer(stored_by_b); });
        a.join();
        b.join();
        for (std::size_t round = 0; round < rounds; ++round) BOOST_TEST(stored_by_a[round] + stored_by_b[round] == 1);
        BOOST_TEST(entries(s.inside).size() == rounds);
    });
}

BOOST_AUTO_TEST_CASE(a_full_disk) {
    const scratch s;
    const auto disk = mounted::tmpfs(s.inside, "size=256k");
    if (!disk.done()) {
        BOOST_TEST_MESSAGE("skipped: no right to mount a tmpfs");
        return;
    }
    write_file(s.inside / "f", "old");
    with_each_staging([&](staging how) {
        const auto r = s.open();
        const auto full = put(r, "f", std::string(1'000'000, 'x'), {}, how);
        BOOST_TEST_REQUIRE(!full.has_value());
        BOOST_TEST((full.error().code == errc::no_space));
        BOOST_TEST(full.error().os_error == "ENOSPC");
        BOOST_TEST(!full.error().stored);
        BOOST_TEST(read_file(s.inside / "f") == "old");
        BOOST_TEST(entries(s.inside).size() == 1U);
        BOOST_TEST((code(put(r, "g", std::string(100'000, 'x'), {}, how)) == errc::success)); // the space came back
        fs::remove(s.inside / "g");
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
