#include "relay.hpp"

#include <tug/bytes.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

std::string digest_in(const boost::json::value& result) {
    const auto* members = result.if_object();
    const auto* digest = members != nullptr ? members->if_contains("digest") : nullptr;
    return digest != nullptr && digest->is_string() ? std::string(digest->as_string()) : std::string();
}

/// A put that has ended early says why in its answer.
asio::awaitable<relayed> pump(stream_call& from, stream_call& to) {
    relayed out;
    for (;;) {
        auto piece = co_await from.read("data");
        if (piece.empty()) break;
        out.bytes += piece.content_size();
        const auto taken = co_await to.write("data", std::move(piece));
        if (!taken) break;
    }
    // Where the source has failed nothing of it must be stored: no eof before it has said that all was sent.
    const auto sent = co_await from.finish();
    to.send_eof("data");
    const auto stored = co_await to.finish();
    out.digest = digest_in(stored);
    if (out.digest != digest_in(sent))
        throw error(failure(errc::digest_mismatch, "one host stored other bytes than the other one sent"));
    co_return out;
}

/// A call with one stream.
struct one_way {
    std::string method;
    boost::json::object params;
};

asio::awaitable<relayed> relay(client& from, one_way get, client& to, one_way put, std::optional<unsigned> level) {
    streams down;
    down.to_client("data");
    streams up;
    up.to_server("data");
    if (level) {
        get.params["compress"] = put.params["compress"] = "zstd";
        get.params["level"] = *level;
        down.packed();
    }
    auto source = co_await from.open(std::move(get.method), std::move(get.params), std::move(down));
    auto sink = co_await to.open(std::move(put.method), std::move(put.params), std::move(up));
    co_return co_await pump(source, sink);
}

} // namespace

asio::awaitable<relayed> relay_file(client& from, std::string path, client& to, std::string target,
                                    const file_info& info, std::optional<unsigned> level) {
    one_way get{"get", {{"path", bytes_to_json(path)}}};
    one_way put{"put", {{"path", bytes_to_json(target)}, {"new_mode", info.mode & 0777U}, {"mtime_ns", info.mtime_ns}}};
    co_return co_await relay(from, std::move(get), to, std::move(put), level);
}

asio::awaitable<relayed> relay_tree(client& from, boost::json::object get, client& to, boost::json::object put,
                                    std::optional<unsigned> level) {
    one_way source{"tree.get", std::move(get)};
    one_way sink{"tree.put", std::move(put)};
    co_return co_await relay(from, std::move(source), to, std::move(sink), level);
}

} // namespace tug::cli
