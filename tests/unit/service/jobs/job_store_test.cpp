// What is not known of jobs is not taken for none.

#include "jobs/job_store.hpp"

#include "support/many_descriptors.hpp"
#include "support/temp_dir.hpp"
#include "tug/service/log.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace tug::service {

namespace {

struct with_store {
    with_store() {
        auto opened = job_store::open(dir.path() / "state", job_limits(), "/bin/false", "",
                                      std::make_shared<const log>(log_level::off, log_format::text));
        BOOST_REQUIRE(opened.has_value());
        store = std::move(*opened);
    }

    test::temp_dir dir;
    std::unique_ptr<job_store> store;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_store_test, with_store)

BOOST_AUTO_TEST_CASE(none_where_there_are_none) {
    BOOST_TEST(store->list(caller()).value().empty());
    BOOST_TEST((store->find(caller(), "a").error().code == proto::errc::not_found));
}

BOOST_AUTO_TEST_CASE(not_known_without_descriptors) {
    const test::limited_descriptors none(0);
    BOOST_TEST((store->list(caller()).error().code == proto::errc::busy));
    BOOST_TEST((store->find(caller(), "a").error().code == proto::errc::busy));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::service
