// What PROTOCOL.md shows in numbers is what the code does.

#include "support/build_paths.hpp"

#include <tug/proto/envelope.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/frame.hpp>
#include <tug/proto/outbox.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace proto = tug::proto;

namespace {

std::string document() {
    std::ifstream in(tug::test::source_dir() + "/PROTOCOL.md");
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::byte> hex_example(const std::string& text) {
    const auto begin = text.find("```hex\n");
    const auto end = text.find("```", begin + 3);
    BOOST_REQUIRE(begin != std::string::npos && end != std::string::npos);
    std::istringstream digits(text.substr(begin + 7, end - begin - 7));
    std::vector<std::byte> out;
    for (unsigned value = 0; digits >> std::hex >> value;) out.push_back(static_cast<std::byte>(value));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(protocol_document)

BOOST_AUTO_TEST_CASE(the_worked_example_decodes) {
    const auto bytes = hex_example(document());
    proto::frame_decoder decoder;
    decoder.set_limits(1'048'576, 1'048'576);
    decoder.feed(bytes);
    BOOST_REQUIRE(decoder.next() == proto::frame_decoder::step::envelope);
    BOOST_TEST(decoder.envelope() == R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"data"}})");
    decoder.want_body();
    BOOST_REQUIRE(decoder.next() == proto::frame_decoder::step::body);
    BOOST_TEST(decoder.take_piece().text() == "hello");
    BOOST_REQUIRE(decoder.next() == proto::frame_decoder::step::body_end);
    BOOST_REQUIRE(decoder.next() == proto::frame_decoder::step::need_more);
}

BOOST_AUTO_TEST_CASE(the_worked_example_is_what_is_sent) {
    proto::outbox out;
    proto::append_data(out.begin_frame(), proto::call_id(7), "data");
    BOOST_REQUIRE(out.end_frame(1'048'576, proto::chunk::copy_of(std::string_view("hello"))));
    std::vector<std::span<const std::byte>> parts;
    out.gather(parts, 16);
    std::vector<std::byte> sent;
    for (const auto part : parts) sent.insert(sent.end(), part.begin(), part.end());
    BOOST_TEST((sent == hex_example(document())));
}

BOOST_AUTO_TEST_CASE(every_code_of_the_table_is_that_of_the_enumerator) {
    const auto text = document();
    int found = 0;
    for (auto at = text.find("| -32"); at != std::string::npos; at = text.find("| -32", at + 1)) {
        std::istringstream row(text.substr(at + 2, 60));
        int code = 0;
        std::string bar;
        std::string name;
        row >> code >> bar >> name;
        if (name.ends_with(',')) name.pop_back();
        BOOST_TEST(proto::name_of(static_cast<proto::errc>(code)) == name);
        ++found;
    }
    BOOST_TEST(found == 32);
}

BOOST_AUTO_TEST_SUITE_END()
