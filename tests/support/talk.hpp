#pragma once

#include "frames.hpp"
#include "tug/proto/connection.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tug::test {

inline std::string_view name_of(proto::event::type kind) {
    using enum proto::event::type;
    switch (kind) {
    case need_more: return "need_more";
    case request: return "request";
    case bye: return "bye";
    case cancelled: return "cancelled";
    case greeted: return "greeted";
    case answered: return "answered";
    case data: return "data";
    case credit: return "credit";
    case stopped: return "stopped";
    case failed: return "failed";
    case started: return "started";
    }
    return "?";
}

inline proto::stream_spec to_server(std::string name, bool takes_digest = false) {
    return {std::move(name), proto::direction::to_server, takes_digest};
}

inline proto::stream_spec to_client(std::string name) {
    return {std::move(name), proto::direction::to_client};
}

inline const std::vector<proto::stream_spec> exec_streams{to_server("stdin"), to_client("stdout"), to_client("stderr")};
inline const std::vector<proto::stream_spec> put_streams{to_server("data", true)};
inline const std::vector<proto::stream_spec> get_streams{to_client("data")};

inline const boost::json::value no_result{boost::json::object()};

/// The rpc.hello of a test: all of it is fixed, so that output can be compared byte for byte.
inline proto::hello sample_hello(bool with_login, const proto::limits& sizes = {}) {
    proto::hello h;
    h.server = "tug/0.1.0";
    h.nonce.fill(std::byte{0x11});
    if (with_login) h.auth.emplace_back(proto::mechanism_hmac_sha256);
    h.limits = sizes;
    return h;
}

/// One side of a connection, fed and watched by hand.
class talker {
public:
    explicit talker(proto::role side, const proto::limits& sizes = {}) : it(side, sizes, reader_) {}

    /// Feeds `bytes` and says in one line what came of it: the events by name, then what was sent. Errors are sent as
    /// "error(name id)", other frames as their method or "result".
    std::string hear(std::string_view bytes) {
        const std::string copy(bytes); // a buffer of its own, so that an over-read is seen
        it.feed(bytes_of(copy));
        std::string log;
        for (;;) {
            const auto e = it.next();
            if (e.kind == proto::event::type::need_more) break;
            add(log, name_of(e.kind));
            last = e;
            last.message = {}; // its views end here
        }
        for (const auto& f : sent()) add(log, describe(f));
        return log;
    }

    std::string hear_frame(std::string_view envelope, std::string_view body = {}) {
        return hear(frame(envelope, body));
    }

    /// What waits to be sent.
    std::vector<read_frame> sent() { return frames_of(drain(it.output())); }

    /// What waits to be sent, in one line.
    std::string said() {
        std::string log;
        for (const auto& f : sent()) add(log, describe(f));
        return log;
    }

    static std::string describe(const read_frame& f) {
        const auto v = f.json();
        const auto& o = v.as_object();
        if (const auto* method = o.if_contains("method")) return std::string(method->as_string());
        return o.contains("error") ? "error(" + error_text(v) + ")" : "result";
    }

private:
    static void add(std::string& log, std::string_view word) {
        if (!log.empty()) log += ' ';
        log += word;
    }

    proto::json_reader reader_;

public:
    proto::connection it;
    proto::event last{}; ///< Of the last hear(), without its message.
};

/// A server that asks for no login, after its greeting.
struct server : talker {
    explicit server(const proto::limits& sizes = {}) : talker(proto::role::server, sizes) {
        it.greet(sample_hello(false, sizes));
        sent();
    }

    proto::call_ptr open(std::uint64_t id, std::span<const proto::stream_spec> streams) {
        return it.open(proto::call_id(id), streams, proto::call_class::bulk).value();
    }
};

/// A client that was greeted.
struct client : talker {
    explicit client(const proto::limits& sizes = {}) : talker(proto::role::client, sizes) {
        std::string hello;
        proto::append_notification(hello, "rpc.hello", sample_hello(false, sizes).to_json());
        hear_frame(hello);
    }

    proto::call_ptr start(std::string_view method, std::span<const proto::stream_spec> streams) {
        auto c = it.start(method, {}, streams, proto::call_class::bulk).value();
        sent();
        return c;
    }
};

// --- what peers say --------------------------------------------------------------------------------------------------

inline std::string request(std::string_view id, std::string_view method, std::string_view params = "{}") {
    return std::string(R"({"jsonrpc":"2.0","id":)").append(id).append(R"(,"method":")").append(method) +
           R"(","params":)" + std::string(params) + "}";
}

inline std::string notice(std::string_view method, std::string_view params = "{}") {
    return std::string(R"({"jsonrpc":"2.0","method":")").append(method) + R"(","params":)" + std::string(params) + "}";
}

inline std::string data_frame(std::uint64_t call, std::string_view stream, std::string_view body, bool eof = false) {
    const auto params = R"({"call":)" + std::to_string(call) + R"(,"stream":")" + std::string(stream) +
                        (eof ? R"(","eof":true})" : R"("})");
    return frame(notice("rpc.data", params), body);
}

/// Takes all that waits in an inbound stream.
inline std::string take_all(proto::connection& it, proto::call_state& c, std::size_t stream) {
    std::string out;
    while (const auto piece = it.take(c, stream)) out += piece->text();
    return out;
}

} // namespace tug::test
