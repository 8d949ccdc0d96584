// Whether a job has a holder: none, and not known, are told apart.

#include "jobs/holder_client.hpp"

#include "support/many_descriptors.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <optional>
#include <string>

namespace tug::service {

namespace {

namespace asio = boost::asio;

struct with_job {
    with_job() : owner(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        BOOST_REQUIRE(::mkdirat(owner.get(), "job", 0700) == 0);
        job = job_directory::open(owner.get(), "job");
        BOOST_REQUIRE(job.has_value());
    }

    proto::result<bool> connect() {
        holder_client client(io.get_executor());
        const auto work = [&]() -> asio::awaitable<proto::result<bool>> {
            auto there = co_await client.connect(*job);
            co_await client.close();
            co_return there;
        };
        auto done = asio::co_spawn(io, work(), asio::use_future);
        io.restart();
        io.run();
        return done.get();
    }

    test::temp_dir dir;
    os::unique_fd owner;
    std::optional<job_directory> job;
    asio::io_context io{1};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(holder_client_test, with_job)

BOOST_AUTO_TEST_CASE(without_a_socket_nobody_holds_it) {
    const auto there = connect();
    BOOST_REQUIRE(there.has_value());
    BOOST_TEST(!*there);
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_any_more_nobody_holds_it) {
    const os::unique_fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    job->socket_path().copy(where.sun_path, sizeof where.sun_path - 1);
    BOOST_REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    const auto there = connect();
    BOOST_REQUIRE(there.has_value());
    BOOST_TEST(!*there);
}

BOOST_AUTO_TEST_CASE(without_descriptors_it_is_not_known) {
    const auto there = [&] {
        const test::limited_descriptors none(0);
        return connect();
    }();
    BOOST_REQUIRE(there.has_error());
    BOOST_TEST((there.error().code == proto::errc::busy));
    BOOST_TEST(there.error().os_error == "EMFILE");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::service
