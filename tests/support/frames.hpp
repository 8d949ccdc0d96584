#pragma once

#include "tug/proto/outbox.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tug::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// The eight bytes in front of a frame, with whatever sizes. Written without the code under test.
inline std::string header(std::uint32_t envelope, std::uint32_t body) {
    std::string out;
    for (const auto size : {envelope, body})
        for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
    return out;
}

inline std::string frame(std::string_view envelope, std::string_view body = {}) {
    auto out = header(static_cast<std::uint32_t>(envelope.size()), static_cast<std::uint32_t>(body.size()));
    return out.append(envelope).append(body);
}

/// A frame that was read back.
struct read_frame {
    std::string envelope;
    std::string body;

    [[nodiscard]] boost::json::value json() const { return boost::json::parse(envelope); }
};

/// The frames of `bytes`; throws where they are not whole.
inline std::vector<read_frame> frames_of(std::string_view bytes) {
    const auto take = [&](std::size_t n) {
        if (bytes.size() < n) throw std::runtime_error("the frame is not whole");
        const auto part = bytes.substr(0, n);
        bytes.remove_prefix(n);
        return part;
    };
    const auto size = [&] {
        std::uint32_t out = 0;
        for (const char c : take(4)) out = out << 8 | static_cast<unsigned char>(c);
        return out;
    };
    std::vector<read_frame> out;
    while (!bytes.empty()) {
        const auto envelope = size();
        const auto body = size();
        read_frame f;
        f.envelope = take(envelope);
        f.body = take(body);
        out.push_back(std::move(f));
    }
    return out;
}

/// Takes all that waits, as a transport that writes everything at once.
inline std::string drain(proto::outbox& out) {
    std::vector<std::span<const std::byte>> buffers;
    out.gather(buffers, SIZE_MAX);
    std::string text;
    for (const auto b : buffers) text.append(reinterpret_cast<const char*>(b.data()), b.size());
    out.consume(text.size());
    return text;
}

/// An error response in one line, e.g. "busy 7", "parse_error null" or "invalid_request null call=7".
inline std::string error_text(const boost::json::value& envelope) {
    const auto& e = envelope.as_object();
    const auto& data = e.at("error").at("data").as_object();
    std::string out(data.at("name").as_string());
    out += ' ';
    out += boost::json::serialize(e.at("id"));
    if (const auto* call = data.if_contains("call")) out += " call=" + boost::json::serialize(*call);
    return out;
}

} // namespace tug::test
