// 10,000 replies that no server gives, to the SDK, and some of them to the command line: every await ends, with the
// truth or a named error; memory stays bounded; nothing is written but the file that the caller named, and that only
// whole.

#include "support/fake_server.hpp"
#include "support/heap.hpp"
#include "support/hostile_replies.hpp"
#include "support/proc.hpp"
#include "support/program.hpp"
#include "support/temp_dir.hpp"
#include "support/torture.hpp"

#include <tug/tug.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

namespace {

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr unsigned replies = 10'000;
constexpr unsigned cli_replies = 400;
constexpr auto patience_of_us = std::chrono::seconds(20);
constexpr std::size_t most_memory = 200U << 20;
constexpr std::size_t most_growth = 4U << 20;

/// What the server says, after the hello and the request of the client.
fake_server::script follow(const std::function<hostile_reply()>& current) {
    return [current](fake_peer& peer) -> asio::awaitable<void> {
        const auto reply = current();
        if (!reply.hello.empty())
            co_await peer.send_raw(reply.hello);
        else
            co_await peer.hello();
        if (reply.ends_early) co_return peer.close();
        if (reply.waits_for_eof)
            for (bool eof = false; !eof;) {
                const auto f = co_await peer.receive();
                eof = f.envelope.find("\"eof\":true") != std::string::npos;
            }
        else
            (void)co_await peer.receive();
        if (reply.piece == 0)
            co_await peer.send_raw(reply.bytes);
        else
            for (std::size_t at = 0; at < reply.bytes.size(); at += reply.piece)
                co_await peer.send_raw(reply.bytes.substr(at, reply.piece));
        for (unsigned n = 0; n < reply.times; ++n) co_await peer.send_raw(reply.again);
        if (reply.silent)
            co_await peer.until_closed();
        else
            peer.close(reply.reset);
    };
}

/// Where the SDK may write, and all that is around it.
class sandbox {
public:
    sandbox() {
        fs::create_directories(dir_.path() / "a/b");
        restore();
    }

    [[nodiscard]] std::string named() const { return dir_ / "a/b/kept"; }

    [[nodiscard]] const fs::path& top() const { return dir_.path(); }

    void restore() const { write_file(named(), "old"); }

    /// Nothing but the named file is there, and a call that failed has not changed it.
    [[nodiscard]] bool is_clean(bool failed) const {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(dir_.path())) names.insert(entry.path().filename());
        return names == std::set<std::string>{"a", "b", "kept"} && (!failed || read_file(named()) == "old");
    }

private:
    temp_dir dir_;
};

/// A call of the SDK; it throws what the SDK throws, and std::logic_error where a success is not true.
asio::awaitable<void> call(client& c, operation what, const sandbox& where) {
    const auto truth = [](bool holds) {
        if (!holds) throw std::logic_error("a success that is not true");
    };
    switch (what) {
    case operation::ping: truth(co_await c.ping("x") == "x"); break;
    case operation::exec: {
        const auto r = co_await c.exec(command("true").collect_at_most(1'000'000));
        truth(r.out_summary.bytes == r.out.size() && r.out_summary.digest == digest_text(r.out));
        break;
    }
    case operation::start: {
        auto p = co_await c.start(command("true"));
        for (auto piece = co_await p.read(); !piece.end(); piece = co_await p.read()) {
        }
        (void)co_await p.wait();
        break;
    }
    case operation::put: {
        const std::string bytes(sent_bytes);
        const auto r = co_await c.put_bytes(bytes, "a");
        truth(r.size == bytes.size() && r.digest == digest_text(bytes));
        break;
    }
    case operation::get: {
        const auto r = co_await c.get("a", where.named());
        const auto got = read_file(where.named());
        truth(r.bytes == got.size() && r.digest == digest_text(got));
        break;
    }
    case operation::get_bytes: {
        const auto got = co_await c.get_bytes("a", get_options().max_bytes(2'000'000));
        truth(got.size() <= 2'000'000);
        break;
    }
    }
}

/// What all of it came to.
struct tally {
    std::map<std::string, unsigned> endings;
    unsigned wrong = 0;
    std::chrono::milliseconds slowest{0};
    std::string slowest_name;

    /// An await that ended that long after `begin`.
    void took(std::chrono::steady_clock::time_point begin, const std::string& name) {
        const auto time = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
        if (time <= slowest) return;
        slowest = time;
        slowest_name = name;
    }

    void complain(const hostile_reply& reply, const std::string& text) {
        if (wrong++ < 20) std::printf("WRONG: %s, %s: %s\n", reply.name.c_str(), name_of(reply.to), text.c_str());
    }
};

asio::awaitable<void> connect_and_call(std::string address, operation what, const sandbox& where) {
    auto how = connect_options().deadline(std::chrono::milliseconds(500)).answer_within(std::chrono::seconds(2));
    auto c = co_await client::connect(std::move(address), std::move(how));
    co_await call(c, what, where);
}

/// One reply to the SDK. A server that is silent is not awaited for ever: the caller cancels.
void to_sdk(const hostile_reply& reply, const sandbox& where, tally& all) {
    asio::io_context io(1);
    fake_server server(io.get_executor(), follow([&] { return reply; }));
    std::string ending;
    asio::cancellation_signal cancel;
    asio::steady_timer patience(io, std::chrono::milliseconds(100));
    const auto ended = [&](std::exception_ptr e) {
        try {
            if (e) std::rethrow_exception(e);
            ending = "success";
        } catch (const error& failed) {
            ending = proto::name_of(failed.failure().code);
        } catch (const std::exception& other) {
            ending = other.what();
            all.complain(reply, ending);
        }
        patience.cancel();
        asio::co_spawn(io, server.stop(), [](std::exception_ptr) {});
    };
    asio::co_spawn(io, connect_and_call(server.address(), reply.to, where),
                   asio::bind_cancellation_slot(cancel.slot(), ended));
    if (reply.silent)
        patience.async_wait([&](boost::system::error_code ec) {
            if (!ec) cancel.emit(asio::cancellation_type::terminal);
        });
    const auto begin = std::chrono::steady_clock::now();
    io.run_for(patience_of_us);
    all.took(begin, reply.name);
    if (ending.empty()) all.complain(reply, "the await does not end");
    if (!io.stopped()) all.complain(reply, "something still runs");
    if (!where.is_clean(ending != "success")) {
        all.complain(reply, "files have changed after " + ending);
        where.restore();
    }
    if (ending == "success" && reply.to == operation::get) where.restore();
    ++all.endings[ending];
}

/// Replies to the command line, from a server on a thread of its own.
void to_cli(unsigned count, const sandbox& where, tally& all) {
    asio::io_context io(1);
    hostile_reply current;
    fake_server server(io.get_executor(), follow([&] { return current; }));
    std::jthread serving([&] { io.run(); });
    for (unsigned n = 0; n < count; ++n) {
        auto reply = hostile_reply_of(n * (replies / cli_replies) + n % 7);
        if (reply.silent || reply.to == operation::start || reply.to == operation::get_bytes) continue;
        asio::post(io, [&, reply] { current = reply; });
        const std::map<operation, std::vector<std::string>> lines{
            {operation::ping, {"tug", "ping", server.address()}},
            {operation::exec, {"tug", "exec", server.address(), "--", "true"}},
            {operation::put, {"tug", "put", "-", "tug://" + server.address() + "/a"}},
            {operation::get, {"tug", "get", "--retries=1", "tug://" + server.address() + "/a", where.named()}},
        };
        const auto begin = std::chrono::steady_clock::now();
        try {
            program tug(lines.at(reply.to));
            tug.write(sent_bytes);
            tug.close_stdin();
            const int code = tug.wait(patience_of_us);
            all.took(begin, "tug " + lines.at(reply.to).at(1) + ": " + reply.name);
            ++all.endings["tug exits with " + std::to_string(code)];
            if (code > 128) all.complain(reply, "tug was ended by a signal");
            if (code != 0 && !tug.err().starts_with("tug: ") && reply.to != operation::exec)
                all.complain(reply, "tug does not say why: " + tug.err());
            if (!where.is_clean(code != 0)) all.complain(reply, "tug has changed files");
        } catch (const std::exception& e) {
            all.complain(reply, e.what());
        }
        where.restore();
    }
    asio::post(io, [&] { asio::co_spawn(io, server.stop(), [](std::exception_ptr) {}); });
}

int torture() {
    const sandbox where;
    tally all;
    const auto count = scaled(replies, 300);
    std::size_t before = 0;
    for (unsigned n = 0; n < count; ++n) {
        if (n == std::min(count / 2, 1000U)) before = heap_in_use();
        to_sdk(hostile_reply_of(n * (replies / count)), where, all);
    }
    const auto growth = static_cast<long>(heap_in_use()) - static_cast<long>(before);
    const auto peak = memory_of(::getpid(), "VmHWM");
    to_cli(scaled(cli_replies, 20), where, all);
    for (const auto& [ending, times] : all.endings) std::printf("%8u %s\n", times, ending.c_str());
    if (growth > static_cast<long>(most_growth) || peak > most_memory) ++all.wrong;
    std::printf("the slowest to end: %s, %ld ms\n", all.slowest_name.c_str(), static_cast<long>(all.slowest.count()));
    std::printf("%u hostile replies, peak %lu MiB, heap %+ld KiB, %u wrong\n", count,
                static_cast<unsigned long>(peak >> 20), growth / 1024, all.wrong);
    return all.wrong == 0 ? 0 : 1;
}

} // namespace

int main() {
    return guarded(torture);
}
