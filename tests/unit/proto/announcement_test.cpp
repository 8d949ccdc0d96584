#include "tug/proto/announcement.hpp"

#include "tug/proto/frame.hpp"

#include <boost/test/unit_test.hpp>

#include <span>
#include <string>

namespace tug::proto {

namespace {

std::span<const std::byte> bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
}

std::string framed(const std::string& envelope, std::size_t size = announce_size) {
    frame_header header;
    header.envelope = static_cast<std::uint32_t>(envelope.size());
    header.body = static_cast<std::uint32_t>(size - envelope.size() - frame_header::size);
    const auto head = header.encode();
    std::string out(reinterpret_cast<const char*>(head.data()), head.size());
    return (out + envelope).append(header.body, '\0');
}

struct fixture {
    fixture() {
        std::array<std::byte, secret_key::size> raw{};
        raw.fill(std::byte{7});
        key = secret_key(raw);
        random.fill(std::byte{1});
        said.server = "tug/1";
        said.name = "web1";
        said.instance = "abc";
        said.port = 8840;
        said.tls = true;
    }

    std::optional<announce_query> read(const std::string& datagram) { return read_query(reader, bytes(datagram)); }

    std::optional<announce_answer> answer(const std::string& datagram, const announce_query& to,
                                          const secret_key* with) {
        return read_answer(reader, bytes(datagram), to, with);
    }

    json_reader reader;
    secret_key key;
    nonce random{};
    announcement said;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(announcement_test, fixture)

BOOST_AUTO_TEST_CASE(a_query_and_its_answer) {
    const auto query = make_query(random, "", nullptr);
    const auto datagram = datagram_of(query);
    BOOST_TEST(datagram.size() == announce_size);
    const auto got = read(datagram);
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->key == "");
    const auto answered = answer(make_answer(*got, said, nullptr), query, nullptr);
    BOOST_REQUIRE(answered.has_value());
    BOOST_TEST((answered->said == said));
    BOOST_TEST(!answered->is_signed);
}

BOOST_AUTO_TEST_CASE(both_are_signed_where_both_have_the_key) {
    const auto query = make_query(random, "k1", &key);
    auto got = read(datagram_of(query));
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->key == "k1");
    BOOST_TEST(is_signed_by(*got, key));
    BOOST_TEST(!is_signed_by(*got, secret_key()));
    const auto datagram = make_answer(*got, said, &key);
    BOOST_TEST(answer(datagram, query, &key)->is_signed);
    BOOST_TEST(!answer(datagram, query, nullptr)->is_signed);
    const secret_key other;
    BOOST_TEST(!answer(datagram, query, &other)->is_signed);
    got->signature[3] ^= std::byte{1};
    BOOST_TEST(!is_signed_by(*got, key));
}

BOOST_AUTO_TEST_CASE(an_answer_is_of_its_query_alone) {
    const auto query = make_query(random, "k1", &key);
    const auto datagram = make_answer(query, said, &key);
    random.fill(std::byte{2});
    const auto other = make_query(random, "k1", &key);
    BOOST_TEST(!answer(datagram, other, &key).has_value());
    // The query of another under the id of this one: its answer has the id, and not the signature.
    auto forged = query;
    forged.envelope += ' ';
    BOOST_TEST(!answer(make_answer(forged, said, &key), query, &key)->is_signed);
    auto changed = datagram;
    changed[changed.find("web1")] = 'W';
    BOOST_TEST(!answer(changed, query, &key)->is_signed);
}

BOOST_AUTO_TEST_CASE(no_answer_is_larger_than_its_query) {
    const auto query = make_query(random, std::string(64, 'k'), &key);
    said.name = std::string(64, '\x01'); // six bytes each in JSON
    const auto most = make_answer(query, said, &key);
    BOOST_TEST(!most.empty());
    BOOST_TEST(most.size() <= announce_size);
    said.name = std::string(4'000, 'x');
    BOOST_TEST(make_answer(query, said, nullptr).empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_query_is_not_answered) {
    const std::string good = R"({"jsonrpc":"2.0","id":1,"method":"announce","params":{}})";
    BOOST_TEST(read(framed(good)).has_value());
    BOOST_TEST(!read(framed(good, announce_size - 1)).has_value()); // its answer could be larger
    BOOST_TEST(!read(framed(good, announce_size + 1)).has_value());
    BOOST_TEST(!read(framed(good) + "x").has_value());
    BOOST_TEST(!read("").has_value());
    BOOST_TEST(!read(std::string(announce_size, '\0')).has_value());
    const std::string bad[] = {
        "{}",
        "x",
        R"({"jsonrpc":"2.0","method":"announce","params":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"announce","params":[]})",
        R"({"jsonrpc":"2.0","id":1,"method":"announce","params":{"key":1}})",
        R"({"jsonrpc":"2.0","id":1,"method":"announce","params":{"key":"a b"}})",
        R"({"jsonrpc":"2.0","id":1,"method":"announce","params":{"more":1}})",
        R"({"jsonrpc":"2.0","id":1,"result":{}})",
    };
    for (const auto& text : bad) BOOST_TEST(!read(framed(text)).has_value(), text);
    const auto long_one = R"({"jsonrpc":"2.0","id":1,"method":"announce","params":{"key":"k"},"x":")" +
                          std::string(1'090, 'x') + "\"}"; // no room for a signature
    BOOST_TEST(!read(framed(long_one)).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_passed_over) {
    const auto query = make_query(random, "", nullptr);
    const auto good = make_answer(query, said, nullptr);
    BOOST_TEST(answer(good, query, nullptr).has_value());
    BOOST_TEST(!answer(good.substr(1), query, nullptr).has_value());
    BOOST_TEST(!answer(datagram_of(query), query, nullptr).has_value());
    said.port = 0;
    BOOST_TEST(!answer(make_answer(query, said, nullptr), query, nullptr).has_value());
    for (const auto* const text :
         {R"({"jsonrpc":"2.0","id":null,"error":{}})", R"({"jsonrpc":"2.0","id":1,"result":1})"})
        BOOST_TEST(!answer(framed(text), query, nullptr).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::proto
