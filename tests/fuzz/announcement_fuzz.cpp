// Datagrams of announcements, from hosts that no one vouches for. Input: a byte and a datagram. What is read as a query
// gets an answer that is no larger, and that its asker reads; an answer that is read is what was said.

#include "input.hpp"
#include "tug/proto/announcement.hpp"

#include <string>

namespace {

using namespace tug::proto;
using tug::test::check;

const secret_key& key() {
    static const secret_key one = [] {
        std::array<std::byte, secret_key::size> raw{};
        raw.fill(std::byte{7});
        return secret_key(raw);
    }();
    return one;
}

std::span<const std::byte> bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
}

void answer(json_reader& reader, const announce_query& query, bool with_key) {
    announcement said;
    said.server = "tug/1";
    said.name = "web1";
    said.instance = "x";
    said.port = 1;
    const auto* const by = with_key ? &key() : nullptr;
    const auto datagram = make_answer(query, said, by);
    check(datagram.size() <= announce_size, "an answer is no larger than its query");
    if (datagram.empty()) return; // its id leaves no room
    const auto read = read_answer(reader, bytes(datagram), query, by);
    check(read && read->said == said && read->is_signed == with_key, "an answer is read as it was said");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size == 0) return 0;
    const tug::test::exact_copy in(tug::test::text_of(data + 1, size - 1));
    json_reader reader;
    if (const auto query = read_query(reader, in.bytes())) {
        check(in.text().size() == announce_size, "a query has its size");
        check(query->key.empty() || is_key_id(query->key), "the key has a name");
        (void)is_signed_by(*query, key());
        answer(reader, *query, (data[0] & 1U) != 0);
    }
    const auto asked = make_query(nonce{}, "k", &key());
    if (const auto read = read_answer(reader, in.bytes(), asked, &key()))
        check(read->said.port > 0 && read->said.port <= 65'535, "a port is one");
    return 0;
}
