// A recorded conversation of 30 calls, heard again by either side: cut at every byte, ended at every byte, with every
// bit damaged, and with a transport that takes no more after every byte. The same result or a named error; nothing is
// held for a connection that is gone.

#include "support/heap.hpp"
#include "support/sample_peer.hpp"
#include "support/torture.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace tug::proto;
using namespace tug::test;

constexpr std::size_t rounds = 10; // of three calls
constexpr unsigned most_seconds = 8 * 60;
const std::size_t stride = torture_stride();

void must(bool good, const std::string& what) {
    if (!good) throw std::runtime_error(what);
}

limits narrow() {
    limits sizes;
    sizes.window = 48; // so that every call needs credit
    return sizes;
}

sample_shape shape() {
    sample_shape out;
    out.with_login = false;
    out.rounds = rounds;
    out.stdin_bytes = 60;
    out.file_bytes = 100;
    return out;
}

sample_peer peer(role side) {
    return {side, narrow(), shape()};
}

/// What one side says, and what the other makes of it.
struct record {
    role listener;
    std::string bytes;
    std::string log;
    std::string output;
};

/// Two peers talk until neither has anything to say.
std::pair<record, record> recorded() {
    auto server = peer(role::server);
    auto client = peer(role::client);
    std::size_t to_client = 0;
    std::size_t to_server = 0;
    while (to_client < server.output.size() || to_server < client.output.size()) {
        const auto for_client = server.output.substr(to_client);
        to_client += for_client.size();
        client.feed(for_client);
        const auto for_server = client.output.substr(to_server);
        to_server += for_server.size();
        server.feed(for_server);
    }
    must(server.it.calls().empty() && client.it.calls().empty(), "a call of the record has no end");
    const auto answers = [](const std::string& log) {
        std::size_t n = 0;
        for (auto at = log.find("answered "); at != std::string::npos; at = log.find("answered ", at + 1)) ++n;
        return n;
    };
    must(answers(client.log) == 3 * rounds, "the record has not 30 answers");
    return {{role::server, client.output, server.log, server.output},
            {role::client, server.output, client.log, client.output}};
}

/// Whatever it heard: what it sent are frames of JSON, and it ended with a name or goes on.
void must_be_sound(const sample_peer& p) {
    for (const auto& f : frames_of(p.output)) must(f.json().is_object(), "a frame that is no object");
    for (const auto& c : p.it.calls())
        for (const auto& s : c->inbound) must(s.credit() <= p.it.sizes().window, "more credit than the window");
    if (!p.it.over()) return;
    must(p.it.calls().empty(), "calls of a connection that is over");
    const auto code = p.it.why().code;
    must(code != errc::success && code != errc::internal_error, "it failed without a name");
}

struct figures {
    std::size_t cuts = 0;
    std::size_t ends = 0;
    std::size_t bits = 0;
    std::size_t failures = 0;
};

void every_cut(const record& r, figures& done) {
    const std::string_view bytes = r.bytes;
    for (std::size_t at = 0; at <= bytes.size(); at += stride, done.cuts += 2) {
        auto fed = peer(r.listener);
        fed.feed(bytes.substr(0, at));
        fed.feed(bytes.substr(at));
        auto in_place = peer(r.listener);
        in_place.read(bytes.substr(0, at));
        in_place.read(bytes.substr(at));
        for (const auto* p : {&fed, &in_place})
            must(p->log == r.log && p->output == r.output,
                 "cut at byte " + std::to_string(at) + ": something else came of it");
    }
}

/// End of input after every byte: what was whole before has happened, and nothing else.
void every_end(const record& r, figures& done) {
    for (std::size_t at = 0; at < r.bytes.size(); at += stride, ++done.ends) {
        auto p = peer(r.listener);
        p.feed(std::string_view(r.bytes).substr(0, at));
        must(r.log.starts_with(p.log) && r.output.starts_with(p.output),
             "ended at byte " + std::to_string(at) + ": something else came of it");
        p.end();
        must_be_sound(p);
    }
}

void every_bit(const record& r, figures& done) {
    auto bytes = r.bytes;
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += stride, ++done.bits) {
        auto& byte = bytes[bit / 8];
        const auto before = byte;
        byte = static_cast<char>(byte ^ 1 << bit % 8);
        auto p = peer(r.listener);
        p.read(bytes);
        p.end();
        byte = before;
        must_be_sound(p);
    }
}

/// The transport fails once so many bytes were written: the connection is given up with all that waits.
void every_failure(const record& r, figures& done) {
    for (std::size_t most = 0; most < r.output.size(); most += stride, ++done.failures) {
        auto p = peer(r.listener);
        for (std::size_t at = 0; at < r.bytes.size() && p.output.size() <= most; ++at)
            p.feed(std::string_view(r.bytes).substr(at, 1));
        p.it.fail(errc::connection_lost);
        p.it.output().clear();
        must(p.it.over() && p.it.calls().empty(), "a lost connection keeps calls");
        must(p.it.next().kind == event::type::need_more, "a lost connection has something to say");
    }
}

template <class Pass>
void without_leak(const char* name, Pass pass) {
    const auto before = heap_in_use();
    pass();
    const auto after = heap_in_use();
    // What is kept for the next piece, and what a thread keeps for itself, is there once; a leak is there each time.
    must(after <= before + 512 * 1024, std::string(name) + " leaks " + std::to_string(after - before) + " bytes");
}

void run() {
    const auto began = std::chrono::steady_clock::now();
    const auto [to_server, to_client] = recorded();
    figures done;
    for (const auto* r : {&to_server, &to_client}) {
        without_leak("a cut", [&] { every_cut(*r, done); });
        without_leak("an end", [&] { every_end(*r, done); });
        without_leak("a damaged bit", [&] { every_bit(*r, done); });
        without_leak("a failure", [&] { every_failure(*r, done); });
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf(
        "every cut: 30 calls, %zu + %zu bytes; %zu cuts, %zu ends, %zu damaged bits, %zu failures of the transport "
        "in %.0f s\n",
        to_server.bytes.size(), to_client.bytes.size(), done.cuts, done.ends, done.bits, done.failures, took.count());
}

} // namespace

int main() {
    ::alarm(most_seconds); // whatever hangs ends here
    try {
        run();
    } catch (const std::exception& e) {
        std::cerr << "every cut: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
