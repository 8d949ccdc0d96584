#pragma once

#include "talk.hpp"

#include <string>
#include <vector>

namespace tug::test {

/// Small, so that conversations meet their limits.
inline proto::limits sample_limits() {
    proto::limits sizes;
    sizes.window = 300;
    return sizes;
}

/// What a client says to a sample_peer in one connection: every kind of message, and mistakes that leave it open.
/// The last frame breaks the protocol.
inline std::vector<std::string> client_says() {
    return {
        frame(request("1", "rpc.authenticate", R"({"key":"k1"})")),
        frame(request(R"("ping")", "rpc.ping", R"({"payload":["\u00e4",-0,1e3,null]})")),
        frame(request("2", "exec", R"({"argv":["cat"]})")),
        frame(request("3", "put", R"({"path":"a"})")),
        frame(request("4", "get", R"({"path":"a"})")),
        data_frame(2, "stdin", "hello "),
        data_frame(3, "data", std::string(250, 'p')),
        frame(notice("rpc.credit", R"({"call":4,"stream":"data","bytes":100})")),
        frame(request("4", "get")),
        frame("{"),
        frame(R"({"jsonrpc":"2.0","id":5,"id":5,"method":"get"})"),
        frame(request("5", "no.such.method", "[]")),
        frame(request("5", "exec"), "a body where none belongs"),
        frame(notice("unknown", R"({"a":1})")),
        data_frame(99, "stdin", "for nobody"),
        data_frame(2, "stdin", "world", true),
        frame(notice("rpc.credit", R"({"call":4,"stream":"data","bytes":1000})")),
        frame(notice("rpc.data", R"({"call":3,"stream":"data","eof":true,"digest":"sha256:00"})"), "last"),
        frame(request("6", "get", R"({"path":"b"})")),
        frame(notice("rpc.stop", R"({"call":6,"stream":"data"})")),
        frame(request("7", "exec")),
        frame(notice("rpc.cancel", R"({"call":7})")),
        frame(request("8", "put")),
        frame(notice("rpc.bye")),
        frame(request("9", "rpc.ping")),
        data_frame(8, "data", std::string(300, 'q')),
        frame(notice("rpc.credit", R"({"call":8,"stream":"data","bytes":1})")),
    };
}

/// What a server says to a sample_peer, which has called exec, get and put. The last frame is the end.
inline std::vector<std::string> server_says() {
    std::string hello;
    proto::append_notification(hello, "rpc.hello", sample_hello(false, sample_limits()).to_json());
    return {
        frame(hello),
        data_frame(1, "stdout", "out"),
        frame(notice("rpc.credit", R"({"call":3,"stream":"data","bytes":150})")),
        data_frame(2, "data", std::string(200, 'g')),
        data_frame(1, "stderr", "", true),
        frame(notice("from.the.future", "[]")),
        data_frame(99, "stdout", "for nobody"),
        data_frame(2, "data", "end", true),
        frame(R"({"jsonrpc":"2.0","id":2,"result":{"size":203}})"),
        frame(notice("rpc.stop", R"({"call":3,"stream":"data"})")),
        frame(R"({"jsonrpc":"2.0","id":3,"error":{"code":-32008,"message":"full","data":{"name":"no_space"}}})"),
        data_frame(1, "stdout", "more", true),
        frame(R"({"jsonrpc":"2.0","id":1,"result":{"exit_code":0}})"),
        frame(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32019,"data":{"name":"shutting_down"}}})"),
    };
}

inline std::string joined(const std::vector<std::string>& frames) {
    std::string out;
    for (const auto& f : frames) out += f;
    return out;
}

} // namespace tug::test
