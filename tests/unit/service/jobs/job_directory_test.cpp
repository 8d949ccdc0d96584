#include "jobs/job_directory.hpp"

#include "support/many_descriptors.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace tug::service {

namespace {

struct with_directory {
    with_directory() : owner(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        BOOST_REQUIRE(::mkdirat(owner.get(), "job", 0700) == 0);
        job = job_directory::open(owner.get(), "job");
        BOOST_REQUIRE(job.has_value());
    }

    test::temp_dir dir;
    os::unique_fd owner;
    std::optional<job_directory> job;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_directory_test, with_directory)

BOOST_AUTO_TEST_CASE(held_as_long_as_its_lock_is) {
    BOOST_TEST(!job->is_held());
    auto lock = job->open_file(job_file::lock, O_RDWR | O_CREAT);
    BOOST_TEST(!job->is_held());
    BOOST_REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
    BOOST_TEST(job->is_held());
    lock.reset();
    BOOST_TEST(!job->is_held());
}

BOOST_AUTO_TEST_CASE(held_where_that_cannot_be_found_out) {
    const auto lock = job->open_file(job_file::lock, O_RDWR | O_CREAT);
    const test::limited_descriptors none(0);
    const bool held = job->is_held();
    BOOST_TEST(held);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_may_be_there) {
    BOOST_TEST(job->find(job_file::result).value().has_value() == false);
    BOOST_TEST(job->write(job_file::result, {{"a", 1}}) == 0);
    const auto found = [&] {
        const test::limited_descriptors none(0);
        return job->find(job_file::result);
    }();
    BOOST_TEST((!found && found.error().code == proto::errc::busy));
    BOOST_TEST(job->find(job_file::result).value().has_value());
}

BOOST_AUTO_TEST_CASE(marks_that_cannot_be_read_are_not_zeros) {
    BOOST_TEST(job->marks().value().get(job_marks::mark::pid) == 0U);
    const job_marks made(job->open_file(job_file::marks, O_RDWR | O_CREAT));
    BOOST_REQUIRE(made.prepare());
    made.set(job_marks::mark::pid, 7);
    BOOST_TEST(job->marks().value().get(job_marks::mark::pid) == 7U);
    const test::limited_descriptors none(0);
    BOOST_TEST((job->marks().error().code == proto::errc::busy));
}

BOOST_AUTO_TEST_CASE(what_is_written_first_is_there_as_a_whole) {
    BOOST_TEST(job->write_first(job_file::request, {{"a", 1}}) == 0);
    BOOST_TEST(job->read(job_file::request)->at("a").as_int64() == 1);
    BOOST_TEST(job->write_first(job_file::request, {{"a", 2}}) == EEXIST);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::service
