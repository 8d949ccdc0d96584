// The input is the text of an envelope. The reader against a reference; what it takes is written and read again; every
// reader of params, results and errors gets it: what one of them takes comes back the same from what it writes, and
// what it refuses has a name.

#include "input.hpp"
#include "json_reference.hpp"
#include "tug/proto/envelope.hpp"
#include "tug/proto/exec_messages.hpp"
#include "tug/proto/file_messages.hpp"
#include "tug/proto/hello.hpp"
#include "tug/proto/json_reader.hpp"

#include <boost/json/serialize.hpp>

#include <cmath>

namespace {

using namespace tug::proto;
using tug::test::check;
using tug::test::json_reference;
namespace json = boost::json;

json_reader& reader() {
    static json_reader instance; // as in tugd: one for all the texts of a thread
    return instance;
}

/// A value of its own: the reader's goes with the next text.
json::value read_again(std::string_view text, const char* otherwise) {
    const tug::test::exact_copy copy(text);
    const auto parsed = reader().parse(copy.text());
    check(parsed.has_value(), otherwise);
    return json::value(**parsed, json::storage_ptr());
}

/// Equal but for the last digits of a fraction: Boost.JSON 1.81 does not round doubles exactly.
bool same(const json::value& a, const json::value& b) {
    if (a.kind() != b.kind()) return false;
    if (const auto* d = a.if_double()) {
        const auto other = b.get_double();
        if (*d == other) return std::signbit(*d) == std::signbit(other);
        return std::abs(*d - other) <= 1e-13 * std::abs(*d) || std::abs(*d) < 1e-300;
    }
    if (const auto* items = a.if_array()) {
        const auto& others = b.get_array();
        if (items->size() != others.size()) return false;
        for (std::size_t i = 0; i < items->size(); ++i)
            if (!same((*items)[i], others[i])) return false;
        return true;
    }
    const auto* o = a.if_object();
    if (!o) return a == b;
    if (o->size() != b.get_object().size()) return false;
    for (const auto& member : *o) {
        const auto* other = b.get_object().if_contains(member.key());
        if (!other || !same(member.value(), *other)) return false;
    }
    return true;
}

/// An error that a peer may cause has a name of the wire, a text, and an envelope that is not large.
void check_failure(const failure& why, bool of_a_server = false) {
    check(why.code == errc::invalid_params || why.code == errc::parse_error || why.code == errc::invalid_request ||
              (of_a_server && (why.code == errc::protocol_violation || why.code == errc::unsupported_protocol)),
          "a failure of another name");
    check(!why.message.empty(), "a failure without a word");
    std::string text;
    append_error(text, call_id(1), why);
    check(text.size() <= login_envelope_limit, "a failure that is larger than a stranger's envelope");
    const auto back = decode_error(read_again(text, "a failure that is no JSON").at("error"));
    check(back.code == (static_cast<int>(why.code) < 0 ? why.code : errc::unknown_error), "another failure came back");
}

/// What was read is written, and read again from that: the same is written once more.
template <class Message>
void there_and_back(const json::object& from) {
    const auto read = Message::parse(from);
    if (!read) return check_failure(read.error(), std::is_same_v<Message, hello>);
    const auto text = json::serialize(read->to_json());
    const auto value = read_again(text, "what was written is no JSON");
    const auto again = Message::parse(value.get_object());
    check(again.has_value(), "what was written is refused");
    check(json::serialize(again->to_json()) == text, "another message came back");
}

void read_as_everything(const json::object& o) {
    there_and_back<exec_params>(o);
    there_and_back<exec_result>(o);
    there_and_back<put_params>(o);
    there_and_back<put_result>(o);
    there_and_back<get_params>(o);
    there_and_back<get_result>(o);
    there_and_back<hello>(o);
    there_and_back<authenticate_params>(o);
    there_and_back<authenticate_result>(o);
}

void read_error(const json::value& v) {
    const auto why = decode_error(v);
    check(static_cast<int>(why.code) < 0 || why.code == errc::unknown_error || why.code == errc::protocol_violation,
          "a server named an error that is ours to find");
    check(why.message.size() <= 2 * max_message_text + 2 && why.field.size() <= max_message_text,
          "a long text came in");
}

void read_message(const message& m) {
    if (m.kind == message::type::response) {
        if (m.error) return read_error(*m.error);
        if (const auto* o = m.result->if_object()) read_as_everything(*o);
        return;
    }
    check(m.method.find('\0') == std::string_view::npos, "a method with a NUL");
    const auto* params = m.params ? m.params->if_object() : nullptr;
    if (!params) return;
    std::string text;
    append_request(text, m.id, m.method, *params);
    const std::string method(m.method);
    const json::object kept(*params, json::storage_ptr());
    const auto id = m.id;
    const auto value = read_again(text, "a request of ours is no JSON"); // here the views of m end
    const auto again = classify(value);
    check(again && again->kind == message::type::request && again->id == id && again->method == method,
          "another request came back");
    check(same(*again->params, kept), "other params came back");
    read_as_everything(kept);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const tug::test::exact_copy input(tug::test::text_of(data, size));
    const auto expected = json_reference::of(input.text());
    const auto parsed = reader().parse(input.text());
    const auto got = parsed                                         ? json_reference::verdict::good
                     : parsed.error().code == errc::invalid_request ? json_reference::verdict::member_twice
                                                                    : json_reference::verdict::no_json;
    check(got == expected || expected == json_reference::verdict::unsure, "the reader and the reference disagree");
    if (!parsed) return check_failure(parsed.error()), 0;

    const json::value value(**parsed, json::storage_ptr());
    std::string text;
    append_result(text, call_id(7), value);
    // One level deeper than it was, which may be too deep.
    if (json_reference::of(text) == json_reference::verdict::good)
        check(same(read_again(text, "a result of ours is no JSON").at("result"), value), "another value came back");

    const auto m = classify(value);
    if (!m) {
        check_failure(m.error().why);
        check(m.error().why.code == errc::invalid_request, "no message, by another name");
    } else {
        read_message(*m);
    }
    if (const auto* o = value.if_object()) read_as_everything(*o);
    read_error(value);
    return 0;
}
