#include "mutated_frames/frame_maker.hpp"

#include "support/frames.hpp"
#include "support/json_cases.hpp"

#include <algorithm>

namespace tug::torture {

namespace {

using test::frame;
using test::header;

std::string request(std::string_view id, std::string_view method, std::string_view params) {
    return std::string(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"method":")").append(method) +
           R"(","params":)" + std::string(params) + "}";
}

std::string note(std::string_view method, std::string_view params) {
    return std::string(R"({"jsonrpc":"2.0","method":")").append(method) + R"(","params":)" + std::string(params) + "}";
}

std::vector<std::string> ordinary_messages() {
    std::vector<std::string> out{
        request("1", "rpc.ping", R"({"payload":"\u00e4\ud83d\ude00","timeout_ms":5000})"),
        request(R"("text")", "rpc.ping", "{}"),
        request("9007199254740991", "rpc.discover", "{}"),
        request("1", "rpc.authenticate",
                R"({"key":"k1","mechanism":"hmac-sha256","binding":"none","nonce":"","proof":""})"),
        request("2", "exec.signal", R"({"call":2,"signal":"TERM"})"),
        request("2", "exec.resize", R"({"call":2,"rows":50,"cols":120})"),
        request("2", "exec",
                R"({"argv":["/not/there"],"cwd":"dir","env":{"K":"V"},"clear_env":true,"output_limit":10})"),
        request("3", "exec", R"({"argv":[],"shell":"","cwd":"/"})"),
        note("rpc.bye", "{}"),
        note("unknown", "[]"),
        R"({"jsonrpc":"2.0","id":1,"result":{}})",
        R"([{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}])",
    };
    for (const auto* id : {"4", "\"put\""}) {
        out.push_back(request(id, "put", R"({"path":"dir/a","size":3,"mode":420,"durable":false,"digest":"sha256"})"));
        out.push_back(request(id, "put", R"({"path":"b","durable":false,"overwrite":false,"mtime_ns":-1})"));
    }
    for (const auto* id : {"5", "\"get\""}) {
        out.push_back(request(id, "get", R"({"path":"/file","offset":1,"length":100,"digest":"xxh3-128"})"));
        out.push_back(request(id, "get", R"({"path":"dir/../link/./file","digest":"none"})"));
    }
    return out;
}

/// Of a put, of a get, and of calls that are not there. One that is wrong ends the connection where its call is in
/// flight, so there are fewer of these.
std::vector<std::string> stream_notes() {
    std::vector<std::string> out;
    for (const auto* id : {"4", "\"put\"", "77"}) {
        const std::string call = std::string(R"({"call":)") + id;
        out.push_back(note("rpc.data", call + R"(,"stream":"data"})"));
        out.push_back(note("rpc.data", call + R"(,"stream":"data","eof":true})"));
        out.push_back(note("rpc.data", call + R"(,"stream":"data","eof":true,"digest":"sha256:00"})"));
        out.push_back(note("rpc.cancel", call + "}"));
    }
    for (const auto* id : {"5", "\"get\"", "78"}) {
        const std::string call = std::string(R"({"call":)") + id;
        out.push_back(note("rpc.credit", call + R"(,"stream":"data","bytes":9007199254740991})"));
        out.push_back(note("rpc.stop", call + R"(,"stream":"data"})"));
        out.push_back(note("rpc.cancel", call + "}"));
    }
    return out;
}

std::vector<std::string> messages_that_start() {
    return {
        request("2", "exec", R"({"argv":["cat"],"stdin":true,"timeout_ms":2000})"),
        request("2", "exec", R"({"argv":["true"],"keep_children":true})"),
        request("3", "exec", R"({"shell":"echo out; echo err >&2","output_limit":4})"),
        note("rpc.data", R"({"call":2,"stream":"stdin","eof":true})"),
        note("rpc.stop", R"({"call":3,"stream":"stdout"})"),
    };
}

/// What often is at the edge of something.
constexpr std::string_view words[] = {
    "0",
    "-0",
    "1",
    "-1",
    "1e3",
    "1E400",
    "0.5",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551616",
    "4294967295",
    "86400001",
    "512",
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"a\"",
    "\"..\"",
    "\"/\"",
    "\"dir\"",
    "\"link\"",
    "\"data\"",
    "\"stdin\"",
    "\"none\"",
    "\"call\"",
    "\"eof\"",
    ":",
    ",",
    "{",
    "}",
    "[",
    "]",
    "\\",
    "\"",
    "\xff",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
};

} // namespace

frame_maker::frame_maker(std::uint64_t seed)
    : random_(seed), messages_(ordinary_messages()), notes_(stream_notes()), starts_(messages_that_start()) {
    for (auto& c : test::json_cases())
        if (c.envelope.size() < 4096) cases_.push_back(std::move(c.envelope));
}

const std::string& frame_maker::one_of(const std::vector<std::string>& texts) {
    return texts[random_() % texts.size()];
}

std::string frame_maker::envelope(bool& with_body) {
    const bool about_stream = one_in(random_, 10);
    auto text = one_in(random_, 300) ? one_of(starts_)
                : about_stream       ? one_of(notes_)
                : one_in(random_, 6) ? one_of(cases_)
                                     : one_of(messages_);
    with_body = text.find("rpc.data") != std::string::npos ? !one_in(random_, 4) : one_in(random_, 40);
    if (about_stream ? !one_in(random_, 6) : one_in(random_, 4))
        return text; // as it is, so that there are calls to be disturbed
    for (auto n = 1 + random_() % 3; n > 0; --n) change(text);
    return text;
}

void frame_maker::change(std::string& text) {
    if (text.empty()) text = "{";
    random_() % 2 == 0 ? change_bytes(text) : change_words(text);
}

void frame_maker::change_bytes(std::string& text) {
    const auto at = random_() % text.size();
    const auto n = 1 + random_() % 8;
    switch (random_() % 6) {
    case 0: text[at] = static_cast<char>(text[at] ^ 1 << random_() % 8); break;
    case 1: text[at] = static_cast<char>(random_()); break;
    case 2: text.insert(at, 1, static_cast<char>(random_())); break;
    case 3: text.erase(at, n); break;
    case 4: text.insert(at, text.substr(at, n)); break;
    default: text.resize(at); break;
    }
}

void frame_maker::change_words(std::string& text) {
    const auto at = random_() % text.size();
    const auto word = words[random_() % std::size(words)];
    switch (random_() % 4) {
    case 0: text.insert(at, word); break;
    case 1: { // in the place of a number
        const auto begin = text.find_first_of("0123456789", at);
        if (begin == std::string::npos) break;
        const auto end = std::min(text.find_first_not_of("0123456789", begin), text.size());
        text.replace(begin, end - begin, word);
        break;
    }
    case 2: { // in the place of a text
        const auto begin = text.find('"', at);
        const auto end = begin == std::string::npos ? begin : text.find('"', begin + 1);
        if (end != std::string::npos) text.replace(begin, end + 1 - begin, word);
        break;
    }
    default: { // the end of another message
        const auto& other = one_of(messages_);
        text.resize(at);
        text += other.substr(std::min(at, other.size()));
        break;
    }
    }
}

void frame_maker::append_frame(script& out) {
    bool with_body = false;
    const auto text = envelope(with_body);
    const std::string body(with_body ? random_() % 300 : 0, 'b');
    ++out.frames;
    if (!text.empty() && !one_in(random_, 200)) {
        out.bytes += frame(text, body);
        return;
    }
    out.in_step = false;
    const auto size = [&](std::size_t right) {
        const auto n = random_() % 4;
        return static_cast<std::uint32_t>(n == 0   ? right
                                          : n == 1 ? right ^ 1U << random_() % 32
                                          : n == 2 ? right + random_() % 16 - 8
                                                   : random_());
    };
    const auto envelope_size = size(text.size());
    out.bytes += header(envelope_size, size(body.size())) + text + body;
}

script frame_maker::make(std::size_t frames) {
    script out;
    while (out.frames < frames && out.in_step) append_frame(out);
    return out;
}

} // namespace tug::torture
