#include "tug/proto/error.hpp"

#include "tug/proto/envelope.hpp"

#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace {

using namespace tug::proto;

struct known {
    int code;
    std::string_view name;
    bool retryable = false;
};

/// The table of PROTOCOL.md, copied by hand: the code must follow it, not the other way round.
constexpr std::array on_the_wire{
    known{-32700, "parse_error"},         known{-32600, "invalid_request"},    known{-32601, "method_not_found"},
    known{-32602, "invalid_params"},      known{-32603, "internal_error"},     known{-32000, "auth_required"},
    known{-32001, "auth_failed"},         known{-32002, "permission_denied"},  known{-32003, "not_found"},
    known{-32004, "already_exists"},      known{-32005, "path_denied"},        known{-32006, "not_a_regular_file"},
    known{-32007, "is_directory"},        known{-32008, "no_space"},           known{-32009, "io_error"},
    known{-32010, "size_mismatch"},       known{-32011, "digest_mismatch"},    known{-32012, "range_invalid"},
    known{-32013, "exec_not_found"},      known{-32014, "exec_failed"},        known{-32015, "timed_out"},
    known{-32016, "busy", true},          known{-32017, "frame_too_large"},    known{-32018, "flow_control_violation"},
    known{-32019, "shutting_down", true}, known{-32020, "rate_limited", true}, known{-32021, "unsupported"},
    known{-32022, "dependency_failed"},   known{-32800, "cancelled"},          known{-32025, "job_lost"},
    known{-32023, "precondition_failed"}, known{-32024, "connect_failed"},
};

constexpr std::array local{
    known{1, "server_auth_failed"}, known{2, "unsupported_protocol"},
    known{3, "protocol_violation"}, known{4, "connection_lost"},
    known{6, "connect_timed_out"},  known{7, "bad_address"},
    known{8, "bad_key_file"},       known{9, "local_io"},
    known{10, "client_closed"},     known{11, "unknown_error"},
    known{12, "tls_failed"},        known{13, "tls_untrusted"},
    known{14, "tls_required"},      known{15, "tls_not_offered"},
    known{16, "bad_tls_file"},
};

void check(const known& k) {
    const auto code = static_cast<errc>(k.code);
    BOOST_TEST_CONTEXT(k.name) {
        BOOST_TEST(name_of(code) == k.name);
        BOOST_TEST((errc_from_name(k.name) == code));
        BOOST_TEST(!remedy(code).empty());
        BOOST_TEST(retryable(code) == k.retryable);
        const boost::system::error_code ec = code;
        BOOST_TEST(ec.value() == k.code);
        BOOST_TEST(ec.message() == std::string(k.name) + ": " + std::string(remedy(code)));
        BOOST_TEST((ec.category() == category()));
    }
}

BOOST_AUTO_TEST_SUITE(error_test)

BOOST_AUTO_TEST_CASE(every_enumerator_has_its_name_code_and_remedy) {
    for (const auto& k : on_the_wire) check(k);
    for (const auto& k : local) check(k);
}

/// A code beyond the tables above has no name: so no enumerator is left out of them.
BOOST_AUTO_TEST_CASE(the_tables_are_complete) {
    std::size_t named = 0;
    for (int code = -33'000; code <= 1'000; ++code)
        if (const auto name = name_of(static_cast<errc>(code)); name != "unknown_error" && name != "success") ++named;
    BOOST_TEST(named == on_the_wire.size() + local.size() - 1); // less unknown_error itself
    BOOST_TEST(name_of(errc::success) == "success");
    BOOST_TEST(!remedy(static_cast<errc>(12345)).empty());
    BOOST_TEST((errc_from_name("no such name") == errc::unknown_error));
    BOOST_TEST((errc_from_name("") == errc::unknown_error));
    BOOST_TEST(category().name() == std::string_view("tug"));
}

BOOST_AUTO_TEST_CASE(what_is_sent_comes_back) {
    for (const auto& k : on_the_wire) {
        BOOST_TEST_CONTEXT(k.name) {
            failure f(static_cast<errc>(k.code), "said the test");
            f.field = "path";
            f.os_error = "ENOSPC";
            f.need = "put";
            f.stored = true;
            std::string text;
            append_error(text, call_id(7), f);
            const auto envelope = boost::json::parse(text);
            const auto& error = envelope.at("error");
            BOOST_TEST(error.at("code").as_int64() == k.code);
            BOOST_TEST(error.at("data").at("retryable").as_bool() == k.retryable);
            const auto back = decode_error(error);
            BOOST_TEST((back.code == f.code));
            BOOST_TEST(back.message == f.message);
            BOOST_TEST(back.field == f.field);
            BOOST_TEST(back.os_error == f.os_error);
            BOOST_TEST(back.need == f.need);
            BOOST_TEST(back.stored == f.stored);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_bad_field_is_named) {
    const auto f = failure::bad_field("mode", "is no integer");
    BOOST_TEST((f.code == errc::invalid_params));
    BOOST_TEST(f.field == "mode");
    BOOST_TEST(f.message == "\"mode\" is no integer");
}

BOOST_AUTO_TEST_CASE(a_result_that_failed_throws_its_code) {
    const result<int> r = failure(errc::no_space, "disk full");
    BOOST_CHECK_EXCEPTION(static_cast<void>(r.value()), boost::system::system_error, [](const auto& e) {
        return e.code() == errc::no_space && std::string_view(e.what()).find("disk full") != std::string_view::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
