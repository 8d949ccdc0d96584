#pragma once

#include "frames.hpp"
#include "talk.hpp"
#include "tug/proto/connection.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace tug::test {

/// What a sample_peer does of its own accord.
struct sample_shape {
    bool with_login = true;      ///< As a server: asks for one.
    std::size_t rounds = 1;      ///< As a client: exec, get and put, so many times.
    std::size_t stdin_bytes = 0; ///< That each exec of a client sends.
    std::size_t file_bytes = 700;
};

/// A small application over one connection. It does to every event what an application would, and writes down what it
/// saw and what it sent: both must be the same however its input was cut.
class sample_peer {
public:
    sample_peer(proto::role side, const proto::limits& sizes, const sample_shape& shape = {})
        : it(side, sizes, reader_), side_(side), shape_(shape) {
        if (side == proto::role::server) it.greet(sample_hello(shape.with_login, sizes));
        collect();
    }

    /// Bytes by way of feed(), from a buffer of their own, so that an over-read is seen.
    void feed(std::string_view bytes) {
        const auto copy = std::make_unique<char[]>(bytes.size());
        std::ranges::copy(bytes, copy.get());
        it.feed(bytes_of({copy.get(), bytes.size()}));
        run();
    }

    /// As a transport that reads bodies in place: what fits goes into body_room(), the rest is fed.
    void read(std::string_view bytes) {
        const auto room = it.body_room();
        const auto n = std::min(room.size(), bytes.size());
        std::ranges::copy(bytes_of(bytes.substr(0, n)), room.begin());
        it.commit_body(n);
        feed(bytes.substr(n));
    }

    void end() {
        it.end_of_input();
        run();
    }

private:
    proto::json_reader reader_;

public:
    proto::connection it;
    std::string log;    ///< The events, a line each.
    std::string output; ///< All that was sent.

private:
    struct state {
        std::string method;
        std::size_t left = 0; ///< Of the bytes that a get, or a client's put, sends.
    };

    void run() {
        for (;;) {
            const auto e = it.next();
            if (e.kind == proto::event::type::need_more) break;
            log += name_of(e.kind);
            handle(e);
            log += '\n';
            collect();
        }
    }

    void collect() { output += drain(it.output()); }

    void note(std::string_view text) { (log += ' ') += text; }

    void handle(const proto::event& e) {
        using enum proto::event::type;
        if (e.call) note(boost::json::serialize(e.call->id.to_json()));
        switch (e.kind) {
        case request: on_request(e.message); break;
        case data: on_data(*e.call, e.stream); break;
        case credit: go_on(*e.call); break;
        case stopped: on_stopped(*e.call); break;
        case cancelled: it.finish(*e.call, proto::failure(proto::errc::cancelled)); break;
        case greeted: on_greeted(); break;
        case answered:
            note(e.message.result ? boost::json::serialize(*e.message.result) : name_of(it.why().code));
            break;
        case failed: note(std::string(name_of(it.why().code)) + " " + it.why().message); break;
        default: break;
        }
    }

    // --- as a server -------------------------------------------------------------------------------------------------

    void on_request(const proto::message& m) {
        note(m.method);
        note(boost::json::serialize(m.id.to_json()));
        if (m.params) note(boost::json::serialize(*m.params));
        if (m.method == "rpc.authenticate") return it.admit(m.id, {});
        if (m.method == "rpc.ping") return it.respond(m.id, m.params ? *m.params : no_result);
        if (m.method == "exec") return open(m, exec_streams, 0);
        if (m.method == "put") return open(m, put_streams, 0);
        if (m.method == "get") return open(m, get_streams, shape_.file_bytes);
        it.refuse(m.id, proto::errc::method_not_found);
    }

    void open(const proto::message& m, const std::vector<proto::stream_spec>& streams, std::size_t left) {
        const auto c = it.open(m.id, streams, proto::call_class::bulk);
        if (!c) return it.refuse(m.id, c.error());
        states_[c->get()] = {std::string(m.method), left};
        calls_.push_back(*c);
        go_on(**c);
    }

    void on_stopped(proto::call_state& c) {
        if (states_[&c].method == "get") it.finish(c, {{"stopped", true}});
    }

    // --- as a client -------------------------------------------------------------------------------------------------

    void on_greeted() {
        note(it.peer_hello().server);
        for (std::size_t i = 0; i < shape_.rounds; ++i) {
            start("exec", exec_streams, shape_.stdin_bytes);
            start("get", get_streams, 0);
            start("put", put_streams, shape_.file_bytes);
        }
    }

    void start(std::string_view method, const std::vector<proto::stream_spec>& streams, std::size_t left) {
        const auto c = it.start(method, {{"of", "sample"}}, streams, proto::call_class::bulk).value();
        states_[c.get()] = {std::string(method), left};
        calls_.push_back(c);
        go_on(*c);
    }

    // --- both --------------------------------------------------------------------------------------------------------

    void on_data(proto::call_state& c, std::size_t stream) {
        note(c.inbound[stream].spec().name);
        const auto text = take_all(it, c, stream);
        note(text);
        auto& s = states_[&c];
        if (s.method == "exec" && !c.outbound.empty() && it.sendable(c, 0) >= text.size())
            it.send(c, 0, proto::chunk::copy_of(text));
        if (!c.inbound[stream].eof()) return;
        note("eof " + c.inbound[stream].digest().value_or("without digest"));
        if (is_server()) it.finish(c, {{"done", s.method}});
    }

    /// Sends what is left as far as the credit goes.
    void go_on(proto::call_state& c) {
        auto& s = states_[&c];
        while (s.left > 0) {
            const auto n = std::min(it.sendable(c, 0), s.left);
            if (n == 0) return;
            s.left -= n;
            it.send(c, 0, proto::chunk::copy_of(std::string(n, static_cast<char>('a' + s.left % 26))));
            if (s.left == 0)
                is_server() ? it.finish(c, {{"sent", "all"}}) : it.send_eof(c, 0, s.method == "put" ? "of:all" : "");
        }
    }

    [[nodiscard]] bool is_server() const noexcept { return side_ == proto::role::server; }

    proto::role side_;
    sample_shape shape_;
    std::map<const proto::call_state*, state> states_;
    std::vector<proto::call_ptr> calls_; ///< Keeps them, so that no address is used twice.
};

} // namespace tug::test
