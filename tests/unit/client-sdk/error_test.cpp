#include <tug/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <stdexcept>
#include <string>

using namespace tug;

BOOST_AUTO_TEST_SUITE(sdk_error)

BOOST_AUTO_TEST_CASE(one_line_with_cause_and_remedy) {
    const error e(failure(errc::not_found, "there is no a.txt"));
    BOOST_TEST(std::string(e.what()) ==
               "not_found: there is no a.txt: check the name and that it exists below the root of tugd");
    BOOST_TEST((e.code() == errc::not_found));
    BOOST_TEST((e.failure().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(the_facts_of_the_failure) {
    failure why(errc::permission_denied, "not with this key");
    why.need = "exec";
    why.os_error = "EACCES";
    const std::string text = error(why).what();
    BOOST_TEST(text.find("not with this key (EACCES) (permission exec)") != std::string::npos);
    BOOST_TEST(std::string(error(failure(errc::busy)).what()).starts_with("busy: try again"));
}

BOOST_AUTO_TEST_CASE(the_remedy_for_a_local_file_fits_its_errno) {
    const auto text_for = [](const char* os_error) {
        failure why(errc::local_io, "/a");
        why.os_error = os_error;
        return std::string(error(why).what());
    };
    BOOST_TEST(text_for("EROFS") ==
               "local_io: /a (EROFS): choose a place on a file system that is mounted for writing");
    BOOST_TEST(text_for("ENOSPC").ends_with(": free space on that file system, or choose another"));
    BOOST_TEST(text_for("EISDIR").ends_with(": name a file, not a directory"));
    BOOST_TEST(text_for("EUCLEAN").ends_with(": check the local file and its directory"));
    failure remote(errc::permission_denied, "x");
    remote.os_error = "EROFS";
    BOOST_TEST(!std::string(error(remote).what()).ends_with("for writing"));
}

BOOST_AUTO_TEST_CASE(nothing_that_moves_a_cursor) {
    const std::string text = error(failure(errc::io_error, "a\nb\033[2Jc\177\302\233d\303\244")).what();
    BOOST_TEST(text.starts_with("io_error: a?b?[2Jc??d\303\244: "));
}

BOOST_AUTO_TEST_CASE(the_failure_in_an_exception) {
    BOOST_TEST((failure_of(nullptr).code == errc::success));
    failure why(errc::permission_denied, "not with this key");
    why.need = "exec";
    const auto found = failure_of(std::make_exception_ptr(error(why)));
    BOOST_TEST((found.code == errc::permission_denied));
    BOOST_TEST(found.message == "not with this key");
    BOOST_TEST(found.need == "exec");
    const boost::system::system_error aborted(boost::asio::error::operation_aborted);
    BOOST_TEST((failure_of(std::make_exception_ptr(aborted)).code == errc::cancelled));
    const auto theirs = failure_of(std::make_exception_ptr(std::runtime_error("the source is dry")));
    BOOST_TEST((theirs.code == errc::internal_error));
    BOOST_TEST(theirs.message == "the source is dry");
    BOOST_TEST((failure_of(std::make_exception_ptr(1)).code == errc::internal_error));
}

BOOST_AUTO_TEST_SUITE_END()
