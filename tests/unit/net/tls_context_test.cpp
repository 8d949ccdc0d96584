// The files of TLS: which are taken, and what is said of the others.

#include "support/test_ca.hpp"

#include <tug/net/tls.hpp>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <string>

namespace {

using namespace tug::test;
using tug::net::tls_context;
using tug::net::tls_files;

struct files {
    test_ca ca;
    issued own = ca.issue();
    issued other = ca.issue();
    temp_dir dir;

    static std::string why(const tls_files& f) {
        const auto made = tls_context::for_server(f);
        if (made) return "taken";
        BOOST_TEST((made.error().code == tug::proto::errc::bad_tls_file));
        return made.error().message;
    }

    static bool contains(const std::string& text, std::string_view part) {
        return text.find(part) != std::string::npos || (BOOST_TEST_MESSAGE(text), false);
    }
};

BOOST_FIXTURE_TEST_SUITE(tls_context_test, files)

BOOST_AUTO_TEST_CASE(what_fits_is_taken) {
    BOOST_TEST(why({own.certificate, own.key, {}}) == "taken");
    BOOST_TEST(why({own.certificate, own.key, ca.file()}) == "taken");
    BOOST_TEST(tls_context::for_client({{}, {}, ca.file()}, "localhost").has_value());
    BOOST_TEST(tls_context::for_client({own.certificate, own.key, ca.file()}, "127.0.0.1").has_value());
    BOOST_TEST(tls_context::for_client({}, "localhost").has_value());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_used_is_named) {
    const auto text = dir / "text";
    write_file(text, "no PEM\n");
    ::chmod(text.c_str(), 0600);
    BOOST_TEST(contains(why({dir / "none", own.key, {}}), "none cannot be read: No such file"));
    BOOST_TEST(contains(why({own.certificate, dir / "none", {}}), "none cannot be read: No such file"));
    BOOST_TEST(contains(why({own.certificate, own.key, dir / "none"}), "none cannot be read: No such file"));
    BOOST_TEST(contains(why({text, own.key, {}}), "text holds no certificate"));
    BOOST_TEST(contains(why({own.certificate, text, {}}), "text holds no private key"));
    BOOST_TEST(contains(why({own.certificate, own.key, text}), "text holds no certificates of a CA"));
    BOOST_TEST(contains(why({own.certificate, other.key, {}}), "does not fit the certificate " + own.certificate));
    BOOST_TEST(contains(why({own.certificate, dir.path().string(), {}}), "is no regular file"));
    BOOST_TEST(!tls_context::for_client({own.certificate, {}, ca.file()}, "localhost").has_value());
    BOOST_TEST(!tls_context::for_client({{}, {}, ca.file()}, "").has_value());
}

BOOST_AUTO_TEST_CASE(a_key_that_others_can_read_is_refused) {
    for (const mode_t mode : {0640U, 0604U, 0620U}) {
        ::chmod(own.key.c_str(), mode);
        BOOST_TEST(contains(why({own.certificate, own.key, {}}), "by others; run: chmod 600"));
    }
    ::chmod(own.key.c_str(), 0400);
    BOOST_TEST(why({own.certificate, own.key, {}}) == "taken");
}

BOOST_AUTO_TEST_CASE(dates_are_looked_at) {
    const auto problem = [](const issued& one) {
        return tls_context::for_server({one.certificate, one.key, {}}).value().out_of_date();
    };
    using std::chrono::seconds;
    BOOST_TEST(problem(own) == "");
    BOOST_TEST(problem(ca.issue({.from = seconds(-7200), .until = seconds(-3600)})).starts_with("expired on "));
    BOOST_TEST(problem(ca.issue({.from = seconds(3600), .until = seconds(7200)})).starts_with("is not valid before "));
    const auto ends = tls_context::for_server({own.certificate, own.key, {}}).value().certificate_ends();
    const auto left = ends.value() - std::chrono::system_clock::now();
    BOOST_TEST((left > seconds(3000) && left <= seconds(3601)));
    BOOST_TEST(!tls_context::for_client({{}, {}, ca.file()}, "localhost").value().certificate_ends());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
