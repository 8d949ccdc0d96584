#include "tug/proto/file_messages.hpp"

#include "support/wire.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using tug::test::from_wire;
using tug::test::over_the_wire;

/// Parses as from the wire; gives the field that is wrong, or "".
template <class T>
std::string wrong_field(std::string_view text) {
    const auto r = from_wire<T>(text);
    if (r) return "";
    BOOST_TEST((r.error().code == errc::invalid_params));
    return r.error().field;
}

template <class T>
void check(const std::vector<std::pair<std::string, std::string>>& cases) {
    for (const auto& [text, field] : cases) BOOST_TEST_CONTEXT(text.substr(0, 80)) {
            BOOST_TEST(wrong_field<T>(text) == field);
        }
}

const std::string hex32(32, 'a');

BOOST_AUTO_TEST_SUITE(file_messages_test)

BOOST_AUTO_TEST_CASE(put_params_come_back) {
    put_params p;
    p.path = "dir/a\xff.bin";
    p.size = 5;
    p.mode = 0600;
    p.new_mode = 0640;
    p.follow = false;
    p.in_place = true;
    p.mtime_ns = std::numeric_limits<std::int64_t>::min();
    p.overwrite = false;
    p.make_parents = true;
    p.durable = false;
    p.digest = digest_request::parse("xxh3-128:" + hex32).value();
    p.timeout_ms = 9;
    const auto back = over_the_wire(p);
    BOOST_TEST((back.path == p.path && back.size == p.size && back.mode == p.mode && back.mtime_ns == p.mtime_ns));
    BOOST_TEST((back.new_mode == p.new_mode && !back.follow && back.in_place));
    BOOST_TEST((!back.overwrite && back.make_parents && !back.durable && back.timeout_ms == p.timeout_ms));
    BOOST_TEST_REQUIRE(back.digest.expected.has_value());
    BOOST_TEST(back.digest.expected->to_string() == "xxh3-128:" + hex32);
}

BOOST_AUTO_TEST_CASE(put_conditions_and_tokens_come_back) {
    put_params p;
    p.path = "a";
    p.if_changed = true;
    p.resume = "t-1.x";
    p.if_match = expected_target{digest::parse("sha256:" + hex32 + hex32).value()};
    const auto back = over_the_wire(p);
    BOOST_TEST((back.if_match == p.if_match && back.if_changed && back.resume == p.resume && back.awaits_start()));
    p.if_match = expected_target();
    BOOST_TEST((over_the_wire(p).if_match == p.if_match));
    BOOST_TEST((p.to_json().at("if_match") == "absent"));
    const auto plain = from_wire<put_params>(R"({"path":"a"})").value();
    BOOST_TEST((!plain.if_match && !plain.if_changed && !plain.resume && !plain.awaits_start()));
    BOOST_TEST((!plain.streams().front().awaits_start && p.streams().front().awaits_start));
    BOOST_TEST((over_the_wire(put_result{5, "sha256:00", false, true}).unchanged));
}

BOOST_AUTO_TEST_CASE(put_has_defaults) {
    const auto p = from_wire<put_params>(R"({"path":"a"})").value();
    BOOST_TEST((!p.size && !p.mode && !p.new_mode && !p.mtime_ns && p.overwrite && !p.make_parents && p.durable));
    BOOST_TEST((p.follow && !p.in_place));
    BOOST_TEST((p.digest.kind == digest_kind::xxh3_128 && !p.digest.expected && !p.timeout_ms));
}

BOOST_AUTO_TEST_CASE(put_params_are_read_strictly) {
    check<put_params>({
        {R"({"path":"a"})", ""},
        {"{}", "path"},
        {R"({"path":""})", "path"},
        {R"({"path":5})", "path"},
        {R"({"path":{"base64":"/w=="}})", ""},
        {R"({"path":{"base64":"/w="}})", "path"},
        {R"({"path":{"base64":"AA=="}})", "path"},
        {R"({"path":{"base64":""}})", "path"},
        {R"({"path":"a\u0000"})", "path"},
        {R"({"path":")" + std::string(4'095, 'p') + "\"}", ""},
        {R"({"path":")" + std::string(4'096, 'p') + "\"}", "path"},
        {R"({"path":"a","size":0})", ""},
        {R"({"path":"a","size":-0})", "size"},
        {R"({"path":"a","size":5.0})", "size"},
        {R"({"path":"a","size":1e3})", "size"},
        {R"({"path":"a","size":9007199254740991})", ""},
        {R"({"path":"a","size":9007199254740992})", "size"},
        {R"({"path":"a","size":18446744073709551616})", "size"},
        {R"({"path":"a","size":1e400})", "size"},
        {R"({"path":"a","mode":0})", ""},
        {R"({"path":"a","mode":511})", ""},
        {R"({"path":"a","mode":512})", "mode"},
        {R"({"path":"a","mode":2541})", "mode"}, // setuid
        {R"({"path":"a","mode":"644"})", "mode"},
        {R"({"path":"a","new_mode":511})", ""},
        {R"({"path":"a","new_mode":512})", "new_mode"},
        {R"({"path":"a","follow":1})", "follow"},
        {R"({"path":"a","in_place":null})", "in_place"},
        {R"({"path":"a","mtime_ns":-9223372036854775808})", ""},
        {R"({"path":"a","mtime_ns":9223372036854775807})", ""},
        {R"({"path":"a","mtime_ns":9223372036854775808})", "mtime_ns"},
        {R"({"path":"a","mtime_ns":-0})", "mtime_ns"},
        {R"({"path":"a","mtime_ns":1.5})", "mtime_ns"},
        {R"({"path":"a","overwrite":0})", "overwrite"},
        {R"({"path":"a","make_parents":"no"})", "make_parents"},
        {R"({"path":"a","durable":null})", "durable"},
        {R"({"path":"a","digest":"sha256"})", ""},
        {R"({"path":"a","digest":"none"})", "digest"},
        {R"({"path":"a","digest":"md5"})", "digest"},
        {R"({"path":"a","digest":5})", "digest"},
        {R"({"path":"a","digest":"sha256:)" + hex32 + "\"}", "digest"},
        {R"({"path":"a","if_match":"absent"})", ""},
        {R"({"path":"a","if_match":"Absent"})", "if_match"},
        {R"({"path":"a","if_match":"sha256"})", "if_match"},
        {R"({"path":"a","if_match":"xxh3-128:)" + hex32 + "\"}", ""},
        {R"({"path":"a","if_changed":1})", "if_changed"},
        {R"({"path":"a","compress":"zstd"})", ""},
        {R"({"path":"a","compress":"none"})", "compress"},
        {R"({"path":"a","compress":true})", "compress"},
        {R"({"path":"a","level":3})", "level"},
        {R"({"path":"a","resume":""})", "resume"},
        {R"({"path":"a","resume":".t"})", "resume"},
        {R"({"path":"a","resume":"a/t"})", "resume"},
        {R"({"path":"a","resume":")" + std::string(64, 't') + "\"}", ""},
        {R"({"path":"a","resume":")" + std::string(65, 't') + "\"}", "resume"},
        {R"({"path":"a","timeout_ms":0})", "timeout_ms"},
        {R"({"path":"a","offset":0})", "offset"},
    });
}

BOOST_AUTO_TEST_CASE(put_results) {
    const auto back = over_the_wire(put_result{5, "sha256:00"});
    BOOST_TEST((back.size == 5 && back.digest == "sha256:00" && !back.in_place));
    BOOST_TEST((over_the_wire(put_result{5, "sha256:00", true}).in_place));
    check<put_result>({
        {R"({"size":1,"digest":"x","later":1})", ""},
        {R"({"digest":"x"})", "size"},
        {R"({"size":-1,"digest":"x"})", "size"},
        {R"({"size":1})", "digest"},
        {R"({"size":1,"digest":"x","in_place":1})", "in_place"},
    });
}

BOOST_AUTO_TEST_CASE(get_params_come_back) {
    get_params p;
    p.path = "a\xff";
    p.offset = 3;
    p.length = 0;
    p.digest = digest_kind::none;
    p.timeout_ms = 1;
    const auto back = over_the_wire(p);
    BOOST_TEST((back.path == p.path && back.offset == 3 && back.length == p.length));
    BOOST_TEST((back.digest == digest_kind::none && back.timeout_ms == p.timeout_ms));
    get_params plain;
    plain.path = "b";
    BOOST_TEST(boost::json::serialize(plain.to_json()) == R"({"path":"b"})");
    const auto defaults = over_the_wire(plain);
    BOOST_TEST((defaults.offset == 0 && !defaults.length && defaults.digest == digest_kind::xxh3_128));
}

/// What the streams of a call may carry is what its params ask for.
BOOST_AUTO_TEST_CASE(streams_follow_the_params) {
    put_params put;
    put.path = "a";
    BOOST_TEST(!put.streams()[0].may_be_packed);
    put.compress = compression::zstd;
    BOOST_TEST(over_the_wire(put).streams()[0].may_be_packed);
    get_params get;
    get.path = "a";
    BOOST_TEST(get.streams().size() == 1U);
    BOOST_TEST((!get.streams()[0].may_be_packed && !get.streams()[0].has_offset));
    get.compress = compression::zstd;
    get.level = 7;
    get.delta = 65'536;
    const auto back = over_the_wire(get);
    BOOST_TEST((back.level == 7 && back.delta == get.delta));
    const auto streams = back.streams();
    BOOST_TEST(streams.size() == 2U);
    BOOST_TEST((streams[0].may_be_packed && streams[0].has_offset));
    BOOST_TEST((streams[1].name == "have" && streams[1].dir == direction::to_server && !streams[1].may_be_packed));
}

BOOST_AUTO_TEST_CASE(get_params_are_read_strictly) {
    check<get_params>({
        {"{}", "path"},
        {R"({"path":null})", "path"},
        {R"({"path":"a","offset":-1})", "offset"},
        {R"({"path":"a","offset":9007199254740992})", "offset"},
        {R"({"path":"a","length":1.0})", "length"},
        {R"({"path":"a","digest":"sha256"})", ""},
        {R"({"path":"a","digest":"none"})", ""},
        {R"({"path":"a","digest":"xxh3-128:)" + hex32 + "\"}", "digest"},
        {R"({"path":"a","digest":""})", "digest"},
        {R"({"path":"a","digest":null})", "digest"},
        {R"({"path":"a","digest_from":0,"sparse":true})", ""},
        {R"({"path":"a","digest_from":-1})", "digest_from"},
        {R"({"path":"a","if_changed":"xxh3-128:)" + hex32 + "\"}", ""},
        {R"({"path":"a","if_changed":"xxh3-128"})", "if_changed"},
        {R"({"path":"a","sparse":1})", "sparse"},
        {R"({"path":"a","compress":"zstd","level":1})", ""},
        {R"({"path":"a","compress":"zstd","level":19})", ""},
        {R"({"path":"a","compress":"zstd","level":0})", "level"},
        {R"({"path":"a","compress":"zstd","level":20})", "level"},
        {R"({"path":"a","compress":"gzip"})", "compress"},
        {R"({"path":"a","delta":65536})", ""},
        {R"({"path":"a","delta":262144})", ""},
        {R"({"path":"a","delta":65535})", "delta"},
        {R"({"path":"a","delta":262145})", "delta"},
        {R"({"path":"a","timeout_ms":86400001})", "timeout_ms"},
        {R"({"path":"a","size":1})", "size"},
    });
}

BOOST_AUTO_TEST_CASE(get_results) {
    get_result r{10, 7, "xxh3-128:00", 0755, -1};
    const auto back = over_the_wire(r);
    BOOST_TEST((back.size == 10 && back.bytes == 7 && back.digest == r.digest && back.mode == 0755));
    BOOST_TEST(back.mtime_ns == -1);
    r.digest.clear();
    BOOST_TEST(!r.to_json().contains("digest"));
    check<get_result>({
        {R"({"size":1,"bytes":1,"mode":420,"mtime_ns":0,"later":1})", ""},
        {R"({"bytes":1,"mode":420,"mtime_ns":0})", "size"},
        {R"({"size":1,"mode":420,"mtime_ns":0})", "bytes"},
        {R"({"size":1,"bytes":1,"mtime_ns":0})", "mode"},
        {R"({"size":1,"bytes":1,"mode":512,"mtime_ns":0})", "mode"},
        {R"({"size":1,"bytes":1,"mode":420})", "mtime_ns"},
        {R"({"size":1,"bytes":1,"digest":5,"mode":420,"mtime_ns":0})", "digest"},
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
