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
        const auto piece = co_await from.read("data");
        if (piece.empty()) break;
        out.bytes += piece.size();
        const auto taken = co_await to.write("data", std::string(piece.text()));
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

streams one(stream_direction which) {
    streams out;
    if (which == stream_direction::to_server)
        out.to_server("data");
    else
        out.to_client("data");
    return out;
}

} // namespace

asio::awaitable<relayed> relay_file(client& from, std::string path, client& to, std::string target,
                                    const file_info& info) {
    boost::json::object get{{"path", bytes_to_json(path)}};
    boost::json::object put{
        {"path", bytes_to_json(target)}, {"new_mode", info.mode & 0777U}, {"mtime_ns", info.mtime_ns}};
    auto source = co_await from.open("get", std::move(get), one(stream_direction::to_client));
    auto sink = co_await to.open("put", std::move(put), one(stream_direction::to_server));
    co_return co_await pump(source, sink);
}

asio::awaitable<relayed> relay_tree(client& from, boost::json::object get, client& to, boost::json::object put) {
    auto source = co_await from.open("tree.get", std::move(get), one(stream_direction::to_client));
    auto sink = co_await to.open("tree.put", std::move(put), one(stream_direction::to_server));
    co_return co_await pump(source, sink);
}

} // namespace tug::cli
