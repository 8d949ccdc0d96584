#include "tug/os/partial_file.hpp"

#include "scratch.hpp"

#include "tug/os/existing_file.hpp"
#include "tug/os/range_digest.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cstddef>
#include <optional>
#include <span>

namespace {

using namespace tug::os;
using namespace tug::os::test;
using tug::proto::errc;

const std::string name = partial_name({"token", "key", "f"});
const std::string text(100'000, 'x');

unique_fd open_directory(const fs::path& path) {
    return unique_fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

tug::proto::result<staged_file> resume(const scratch& s, std::uint64_t most = 1'000'000) {
    return staged_file::resume(open_directory(s.inside), "f", {}, name, most);
}

std::span<const std::byte> bytes(const std::string& of) {
    return std::as_bytes(std::span(of));
}

BOOST_AUTO_TEST_SUITE(partial_file_test)

BOOST_AUTO_TEST_CASE(names_are_bound_to_all_of_it) {
    BOOST_TEST(is_partial_name(name));
    BOOST_TEST(is_temporary_name(name));
    BOOST_TEST(!is_partial_name(temporary_name(1)));
    BOOST_TEST(partial_name({"token", "key", "f"}) == name);
    for (const auto& other : {partial_name({"token", "key", "g"}), partial_name({"tokenk", "ey", "f"}),
                              partial_name({"token", "key", "f", ""}), partial_name({"token", "keyf"})})
        BOOST_TEST(other != name);
}

BOOST_AUTO_TEST_CASE(what_was_left_is_gone_on_with) {
    const scratch s;
    write_file(s.inside / "f", "old");
    {
        auto first = resume(s);
        BOOST_TEST_REQUIRE(first.has_value());
        BOOST_TEST(first->size() == 0U);
        BOOST_TEST(first->write(bytes(text)).has_value());
        first->leave();
    }
    BOOST_TEST(read_file(s.inside / "f") == "old");
    BOOST_TEST(mode_of(s.inside / name) == 0600U);
    auto second = resume(s);
    BOOST_TEST_REQUIRE(second.has_value());
    BOOST_TEST(second->size() == text.size());
    BOOST_TEST(second->write(bytes("y")).has_value());
    BOOST_TEST(second->commit().has_value());
    BOOST_TEST((read_file(s.inside / "f") == text + "y"));
    BOOST_TEST(entries(s.inside).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_not_left_goes) {
    const scratch s;
    {
        auto first = resume(s);
        BOOST_TEST_REQUIRE(first.has_value());
        BOOST_TEST(first->write(bytes(text)).has_value());
    }
    BOOST_TEST(entries(s.inside).empty());
    {
        auto few = resume(s);
        BOOST_TEST_REQUIRE(few.has_value());
        BOOST_TEST(few->write(bytes("few")).has_value());
        few->leave();
    }
    BOOST_TEST(entries(s.inside).empty());
    {
        auto ordinary = stage(*s.open().open_parent("f", false, false), {}, staging::named);
        BOOST_TEST_REQUIRE(ordinary.has_value());
        BOOST_TEST(ordinary->write(bytes(text)).has_value());
        ordinary->leave();
    }
    BOOST_TEST(entries(s.inside).empty());
}

BOOST_AUTO_TEST_CASE(one_writer_at_a_time) {
    const scratch s;
    auto first = resume(s);
    BOOST_TEST_REQUIRE(first.has_value());
    const auto second = resume(s);
    BOOST_TEST_REQUIRE(!second.has_value());
    BOOST_TEST((second.error().code == errc::busy));
    BOOST_TEST(first->write(bytes(text)).has_value());
    BOOST_TEST(first->commit().has_value());
    BOOST_TEST((read_file(s.inside / "f") == text));
}

BOOST_AUTO_TEST_CASE(more_than_there_can_be_is_dropped) {
    const scratch s;
    write_file(s.inside / name, text);
    fs::permissions(s.inside / name, fs::perms(0600));
    BOOST_TEST(resume(s, text.size() - 1)->size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_is_refused) {
    const scratch s;
    const auto refused = [&] {
        const auto opened = resume(s);
        return !opened && opened.error().code == errc::io_error;
    };
    write_file(s.inside / name, text);
    fs::permissions(s.inside / name, fs::perms(0620));
    BOOST_TEST(refused());
    fs::permissions(s.inside / name, fs::perms(0600));
    fs::create_hard_link(s.inside / name, s.inside / "second");
    BOOST_TEST(refused());
    BOOST_TEST((read_file(s.inside / "second") == text));
    fs::remove(s.inside / name);
    fs::create_symlink("second", s.inside / name);
    BOOST_TEST(!resume(s).has_value());
    BOOST_TEST((read_file(s.inside / "second") == text));
}

BOOST_AUTO_TEST_CASE(a_file_that_may_be_replaced) {
    const scratch s;
    const auto directory = open_directory(s.inside);
    const auto look = [&] { return *existing_file::open(directory.get(), "f"); };
    BOOST_TEST(!look().has_value());
    fs::create_symlink("g", s.inside / "f");
    write_file(s.inside / "g", "old");
    BOOST_TEST(!look().has_value());
    fs::remove(s.inside / "f");
    write_file(s.inside / "f", "old");
    const auto held = look();
    BOOST_TEST(held->hold(directory.get(), "f").has_value());
    const auto other = look();
    BOOST_TEST((other->hold(directory.get(), "f").error().code == errc::busy));
    write_file(s.inside / "f", "new!");
    BOOST_TEST((held->hold(directory.get(), "f").error().code == errc::precondition_failed));
}

BOOST_AUTO_TEST_CASE(digests_of_ranges) {
    const scratch s;
    write_file(s.inside / "f", text);
    const unique_fd file(::open((s.inside / "f").c_str(), O_RDONLY | O_CLOEXEC));
    tug::proto::hasher whole(tug::proto::digest_kind::xxh3_128);
    whole.update(bytes(text));
    range_digest all(file.get(), 0, 1'000'000'000, tug::proto::hasher(tug::proto::digest_kind::xxh3_128));
    BOOST_TEST(*all.step());
    BOOST_TEST(all.position() == text.size());
    BOOST_TEST((all.take().finish() == whole.finish()));
    tug::proto::hasher zeros(tug::proto::digest_kind::xxh3_128);
    digest_zeros(zeros, 200'001);
    tug::proto::hasher expected(tug::proto::digest_kind::xxh3_128);
    const std::string nothing(200'001, '\0');
    expected.update(bytes(nothing));
    BOOST_TEST((zeros.finish() == expected.finish()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
