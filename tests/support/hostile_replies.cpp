#include "support/hostile_replies.hpp"

#include "support/frames.hpp"

#include "tug/proto/digest.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace tug::test {

std::string digest_text(std::string_view content) {
    proto::hasher h(proto::digest_kind::xxh3_128);
    h.update(bytes_of(content));
    return h.finish().to_string();
}

namespace {

using frames = std::vector<std::string>;

std::string data(std::string_view stream, std::string_view body, bool eof = false, std::string_view call = "1") {
    return frame(R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":)" + std::string(call) + R"(,"stream":")" +
                     std::string(stream) + "\"" + (eof ? R"(,"eof":true)" : "") + "}}",
                 body);
}

std::string note(std::string_view method, std::string_view params) {
    return frame(R"({"jsonrpc":"2.0","method":")" + std::string(method) + R"(","params":)" + std::string(params) + "}");
}

std::string result(std::string_view json, std::string_view id = "1") {
    return frame(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + std::string(json) + "}");
}

std::string refusal(std::string_view message, std::string_view name, std::string_view id = "1") {
    return frame(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{"code":-32003,"message":")" +
                 std::string(message) + R"(","data":{"name":")" + std::string(name) + R"(","retryable":false}}})");
}

std::string summary(std::uint64_t bytes, std::string_view digest) {
    return R"({"bytes":)" + std::to_string(bytes) + R"(,"digest":")" + std::string(digest) + "\"}";
}

/// The result of a call whose streams had that many bytes of that digest.
std::string result_of(operation what, std::uint64_t bytes, std::string_view digest) {
    const auto n = std::to_string(bytes);
    const std::string d(digest);
    switch (what) {
    case operation::ping: return R"("x")";
    case operation::exec:
    case operation::start:
        return R"({"reason":"exited","exit_code":0,"stdout":)" + summary(bytes, digest) + R"(,"stderr":)" +
               summary(0, digest_text("")) + R"(,"usage":{"user_us":1,"system_us":1,"max_rss_bytes":1},"wall_us":1})";
    case operation::put: return R"({"size":)" + n + R"(,"digest":")" + d + "\"}";
    case operation::get:
    case operation::get_bytes:
        return R"({"size":)" + n + R"(,"bytes":)" + n + R"(,"digest":")" + d + R"(","mode":420,"mtime_ns":0})";
    }
    return {};
}

std::string stream_of(operation what) {
    return what == operation::exec || what == operation::start ? "stdout" : "data";
}

/// The frames of a right reply, the result as the last.
frames right(operation what, std::string_view content) {
    frames out;
    if (what == operation::exec || what == operation::start) {
        out.push_back(data("stdout", content.substr(0, content.size() / 2)));
        out.push_back(data("stderr", "", true));
        out.push_back(data("stdout", content.substr(content.size() / 2), true));
    } else if (what == operation::get || what == operation::get_bytes) {
        out.push_back(data("data", content.substr(0, content.size() / 2)));
        out.push_back(data("data", content.substr(content.size() / 2), true));
    } else if (what == operation::put) {
        content = sent_bytes;
    }
    out.push_back(result(result_of(what, content.size(), digest_text(content))));
    return out;
}

std::string joined(const frames& all) {
    std::string out;
    for (const auto& f : all) out += f;
    return out;
}

std::string hello_with(std::string_view nonce, std::string_view auth, std::string_view limits) {
    return note("rpc.hello", R"({"protocol":1,"server":"fake/1","nonce":")" + std::string(nonce) + R"(","auth":)" +
                                 std::string(auth) + R"(,"binding":[],"limits":)" + std::string(limits) + "}");
}

// --- ways to be wrong ------------------------------------------------------------------------------------------------

std::size_t below(std::size_t n, std::mt19937& dice) {
    return n == 0 ? 0 : dice() % n;
}

using spoil = void (*)(hostile_reply& r, frames all, std::mt19937& dice);

/// One way of being wrong; it makes a reply out of a right one.
struct spoiler {
    const char* name;
    spoil run;
};

std::string bytes_at_random(std::size_t size, std::mt19937& dice) {
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(dice());
    return out;
}

/// The last frame, and others in front of it.
void say(hostile_reply& r, const frames& all) {
    r.bytes = joined(all);
}

void put_in(hostile_reply& r, frames all, std::string extra, std::mt19937& dice) {
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(below(all.size() + 1, dice)), std::move(extra));
    say(r, all);
}

template <std::size_t N>
const char* one_of(const std::array<const char*, N>& texts, std::mt19937& dice) {
    return texts[below(N, dice)];
}

const char* any_stream(std::mt19937& dice) {
    return one_of(std::array{"stdout", "stderr", "data", "stdin", "../../etc/passwd", ""}, dice);
}

const char* any_id(std::mt19937& dice) {
    return one_of(std::array{"0", "2", "99", "-1", "1.0", "\"1\"", "null", "9007199254740993", "true", "[1]"}, dice);
}

const char* any_number(std::mt19937& dice) {
    return one_of(std::array{"0", "1", "-1", "9007199254740991", "9007199254740992", "18446744073709551615", "1e9",
                             "\"7\"", "1048577", "null"},
                  dice);
}

constexpr auto evil_path = "../../../../etc/passwd";

void close_at_a_byte(hostile_reply& r, frames all, std::mt19937& dice) {
    say(r, all);
    r.bytes.resize(below(r.bytes.size(), dice));
    r.reset = dice() % 2 == 0;
}

void flip_a_bit(hostile_reply& r, frames all, std::mt19937& dice) {
    say(r, all);
    auto& c = r.bytes[below(r.bytes.size(), dice)];
    c = static_cast<char>(c ^ 1 << dice() % 8);
}

void wrong_id(hostile_reply& r, frames all, std::mt19937& dice) {
    all.back() = result(result_of(r.to, 5, digest_text("12345")), any_id(dice));
    say(r, all);
}

void another_order(hostile_reply& r, frames all, std::mt19937& dice) {
    std::shuffle(all.begin(), all.end(), dice);
    if (all.size() > 1) std::rotate(all.begin(), std::prev(all.end()), all.end());
    say(r, all);
}

void a_frame_twice(hostile_reply& r, frames all, std::mt19937& dice) {
    const auto again = all[below(all.size(), dice)];
    put_in(r, std::move(all), again, dice);
}

void a_frame_missing(hostile_reply& r, frames all, std::mt19937& dice) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(below(all.size(), dice)));
    say(r, all);
}

void wrong_digest(hostile_reply& r, frames all, std::mt19937& dice) {
    const auto digest = one_of(
        std::array{"xxh3-128:00000000000000000000000000000000", "xxh3-128:0", "sha256:00", "none", "", "../../digest"},
        dice);
    all.back() = result(result_of(r.to, 500, digest));
    say(r, all);
}

void wrong_size(hostile_reply& r, frames all, std::mt19937& dice) {
    const std::array<std::uint64_t, 6> sizes{0, 1, 501, 1U << 30, (1ULL << 53) - 1, ~0ULL};
    all.back() = result(result_of(r.to, sizes[below(sizes.size(), dice)], digest_text("12345")));
    say(r, all);
}

void too_large_a_frame(hostile_reply& r, frames all, std::mt19937& dice) {
    const std::array<std::uint32_t, 5> sizes{0, 65'537, 1U << 20, 0x7fff'ffff, 0xffff'ffff};
    const auto envelope = sizes[below(sizes.size(), dice)];
    put_in(r, std::move(all), header(envelope, dice() % 2 ? 0 : sizes[below(sizes.size(), dice)]), dice);
    r.bytes += std::string(1000, 'x');
}

void too_large_a_body(hostile_reply& r, frames all, std::mt19937& dice) {
    const std::string envelope =
        R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":")" + stream_of(r.to) + "\"}}";
    const std::array<std::uint32_t, 3> sizes{1'048'577, 0x7fff'ffff, 0xffff'ffff};
    put_in(r, std::move(all),
           header(static_cast<std::uint32_t>(envelope.size()), sizes[below(sizes.size(), dice)]) + envelope, dice);
    r.bytes += std::string(100'000, 'x');
}

void more_than_the_credit(hostile_reply& r, frames, std::mt19937&) {
    r.again = data(stream_of(r.to), std::string(1'000'000, 'x'));
    r.times = 4;
}

void data_without_end(hostile_reply& r, frames, std::mt19937& dice) {
    r.again = data(stream_of(r.to), std::string(1 + dice() % 1000, 'x'));
    r.times = 5'000;
}

void envelopes_without_end(hostile_reply& r, frames all, std::mt19937& dice) {
    r.again =
        dice() % 2 ? note("from.the.future", "{\"a\":[1,2,3]}") : data(any_stream(dice), "x", false, any_id(dice));
    r.times = 3'000;
    if (dice() % 2) say(r, all);
}

void garbage(hostile_reply& r, frames all, std::mt19937& dice) {
    r.bytes = dice() % 2 ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : "";
    r.bytes += bytes_at_random(1 + dice() % 5'000, dice);
    if (dice() % 2) r.bytes = joined(all).substr(0, below(200, dice)) + r.bytes;
}

void garbage_in_a_frame(hostile_reply& r, frames all, std::mt19937& dice) {
    const std::array<std::string, 9> envelopes{bytes_at_random(1 + dice() % 300, dice),
                                               "{",
                                               "[]",
                                               "null",
                                               std::string(60'000, '['),
                                               std::string(20, '[') + std::string(20, ']'),
                                               R"({"jsonrpc":"2.0","id":1,"result":"\ud800"})",
                                               R"({"jsonrpc":"2.0","id":1,"id":1,"result":"x"})",
                                               R"({"jsonrpc":"1.0","id":1,"result":"x"})"};
    put_in(r, std::move(all), frame(envelopes[below(envelopes.size(), dice)]), dice);
}

void abuse_of_credit(hostile_reply& r, frames all, std::mt19937& dice) {
    put_in(r, std::move(all),
           note("rpc.credit", std::string(R"({"call":)") + (dice() % 2 ? "1" : any_id(dice)) + R"(,"stream":")" +
                                  any_stream(dice) + R"(","bytes":)" + any_number(dice) + "}"),
           dice);
    if (dice() % 2) {
        r.again = note("rpc.credit", R"({"call":1,"stream":"data","bytes":9007199254740991})");
        r.times = 100;
    }
}

void abuse_of_stop_and_cancel(hostile_reply& r, frames all, std::mt19937& dice) {
    const auto method =
        one_of(std::array{"rpc.stop", "rpc.cancel", "rpc.bye", "rpc.hello", "exec", "rpc.authenticate"}, dice);
    put_in(r, std::move(all), note(method, std::string(R"({"call":1,"stream":")") + any_stream(dice) + "\"}"), dice);
}

void names_that_are_paths(hostile_reply& r, frames all, std::mt19937& dice) {
    switch (dice() % 4) {
    case 0: all.back() = refusal(evil_path, "not_found"); break;
    case 1: all.back() = refusal("gone", evil_path); break;
    case 2: {
        auto with_path = result_of(r.to, 500, digest_text("12345"));
        if (with_path.ends_with('}')) {
            with_path.pop_back();
            with_path += std::string(R"(,"path":")") + evil_path + R"(","name":"/tmp/evil"})";
        }
        all.back() = result(with_path);
        break;
    }
    default: all.insert(all.begin(), data(evil_path, "evil", true)); break;
    }
    say(r, all);
}

void an_error_of_any_form(hostile_reply& r, frames all, std::mt19937& dice) {
    const std::array<std::string, 6> errors{
        refusal(std::string(60'000, 'm'), "io_error"),
        refusal("\\u001b[2J\\u0000\\u202e", "io_error"),
        refusal("x", "no.such.name"),
        refusal("x", "busy", "null"),
        frame(R"({"jsonrpc":"2.0","id":1,"error":{}})"),
        frame(R"({"jsonrpc":"2.0","id":1,"error":{"code":"x","message":7,"data":[]}})"),
    };
    all.back() = errors[below(errors.size(), dice)];
    say(r, all);
}

void data_after_the_end(hostile_reply& r, frames all, std::mt19937& dice) {
    put_in(r, std::move(all), data(stream_of(r.to), dice() % 2 ? "" : "more", true), dice);
    r.bytes += data(stream_of(r.to), "more");
}

void a_result_of_another_method(hostile_reply& r, frames all, std::mt19937& dice) {
    const auto other = static_cast<operation>(below(6, dice));
    all.back() = result(result_of(other, 500, digest_text("12345")));
    say(r, all);
}

void a_hello_of_its_own(hostile_reply& r, frames all, std::mt19937& dice) {
    say(r, all);
    const auto nonce = one_of(std::array{"ERERERERERERERERERERERERERERERERERERERERERE=", "", "AA==", "!!!!"}, dice);
    const auto auth = one_of(std::array{"[]", "[\"hmac-sha256\"]", "[\"none\"]", "{}", "[1]", "null"}, dice);
    const std::string limits = std::string(R"({"envelope":)") + any_number(dice) + R"(,"body":)" + any_number(dice) +
                               R"(,"window":)" + any_number(dice) + R"(,"in_flight":)" + any_number(dice) + "}";
    r.hello = hello_with(nonce, auth, limits);
    if (dice() % 3 != 0) return;
    r.hello.resize(below(r.hello.size(), dice) + 1);
    r.silent = dice() % 8 == 0;
    r.ends_early = !r.silent;
}

void one_byte_at_a_time(hostile_reply& r, frames all, std::mt19937& dice) {
    wrong_digest(r, std::move(all), dice);
    r.piece = 1 + dice() % 3;
}

void silence(hostile_reply& r, frames all, std::mt19937& dice) {
    say(r, all);
    r.bytes.resize(below(r.bytes.size(), dice));
    r.silent = dice() % 8 == 0; // each of them takes its time
}

constexpr std::array spoilers{
    spoiler{"closes at a byte", close_at_a_byte},
    spoiler{"a bit is flipped", flip_a_bit},
    spoiler{"a wrong id", wrong_id},
    spoiler{"another order", another_order},
    spoiler{"a frame twice", a_frame_twice},
    spoiler{"a frame is missing", a_frame_missing},
    spoiler{"a wrong digest", wrong_digest},
    spoiler{"a wrong size", wrong_size},
    spoiler{"too large a frame", too_large_a_frame},
    spoiler{"too large a body", too_large_a_body},
    spoiler{"more than the credit", more_than_the_credit},
    spoiler{"data without end", data_without_end},
    spoiler{"envelopes without end", envelopes_without_end},
    spoiler{"garbage", garbage},
    spoiler{"garbage in a frame", garbage_in_a_frame},
    spoiler{"abuse of credit", abuse_of_credit},
    spoiler{"abuse of stop and cancel", abuse_of_stop_and_cancel},
    spoiler{"names that are paths", names_that_are_paths},
    spoiler{"an error of any form", an_error_of_any_form},
    spoiler{"data after the end", data_after_the_end},
    spoiler{"a result of another method", a_result_of_another_method},
    spoiler{"a hello of its own", a_hello_of_its_own},
    spoiler{"one byte at a time", one_byte_at_a_time},
    spoiler{"silence", silence},
};

} // namespace

hostile_reply hostile_reply_of(unsigned n) {
    std::mt19937 dice(n);
    const auto& how = spoilers[n % spoilers.size()];
    hostile_reply r;
    r.name = std::string(how.name) + " (" + std::to_string(n) + ")";
    r.to = static_cast<operation>(n / spoilers.size() % 6);
    r.waits_for_eof = r.to == operation::put && dice() % 2 == 0;
    how.run(r, right(r.to, std::string(500, 'c')), dice);
    return r;
}

} // namespace tug::test
