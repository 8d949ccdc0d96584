#include "support/wire_client.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace json = boost::json;

namespace tug::test {

namespace {

constexpr std::size_t largest_body = 256 * 1024;

} // namespace

std::uint64_t wire_client::call(std::string_view method, const json::object& params) {
    const auto quoted = json_text(method); // any text may be a method
    return raw_client::call(std::string_view(quoted).substr(1, quoted.size() - 2), json::serialize(params));
}

void wire_client::notify(std::string_view method, const json::object& params, std::string_view body) {
    note(method, json::serialize(params), body);
}

bool wire_client::write(std::uint64_t id, std::string_view stream, std::string_view bytes, bool eof) {
    auto& sent = sent_[{id, std::string(stream)}];
    while (!bytes.empty()) {
        while (sent == allowed(id, stream) && !is_answered(id)) step();
        if (is_answered(id)) return false;
        const auto size = std::min({bytes.size(), largest_body, static_cast<std::size_t>(allowed(id, stream) - sent)});
        raw_client::write(id, stream, bytes.substr(0, size));
        bytes.remove_prefix(size);
        sent += size;
    }
    if (eof) raw_client::write(id, stream, {}, true);
    return true;
}

const received_call& wire_client::put(const std::string& path, std::string_view content, json::object params) {
    params["path"] = path;
    const auto id = call("put", params);
    write(id, "data", content);
    return wait(id);
}

} // namespace tug::test
