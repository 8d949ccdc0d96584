#include "rpc_wire.hpp"

#include <tug/proto/envelope.hpp>
#include <tug/proto/frame.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace tug::bench {

namespace {

// Ids of one width, so that all frames of a kind are of one size.
constexpr std::uint64_t first_id = 100'000;
constexpr std::size_t id_width = 6;

std::string framed(const std::string& envelope) {
    proto::frame_header header;
    header.envelope = static_cast<std::uint32_t>(envelope.size());
    std::string out;
    for (const auto b : header.encode()) out += static_cast<char>(b);
    return out + envelope;
}

} // namespace

tug_wire::tug_wire(std::size_t depth, std::size_t payload) {
    const boost::json::string text(payload, 'x');
    for (std::size_t slot = 0; slot < depth; ++slot) {
        const proto::call_id id(first_id + slot);
        std::string request;
        std::string answer;
        proto::append_request(request, id, "rpc.ping", {{"payload", text}});
        proto::append_result(answer, id, text);
        requests_.push_back(framed(request));
        answers_.push_back(framed(answer));
    }
    size_ = answers_.front().size();
    id_at_ = answers_.front().find(std::to_string(first_id));
}

std::size_t tug_wire::slot_of(std::string_view frame) const {
    const auto* digits = frame.data() + id_at_;
    std::uint64_t id = 0;
    const auto parsed = std::from_chars(digits, digits + id_width, id);
    if (parsed.ec != std::errc() || id < first_id || id - first_id >= answers_.size()) wrong(frame);
    return static_cast<std::size_t>(id - first_id);
}

void tug_wire::wrong(std::string_view frame) {
    throw std::runtime_error("this is no answer to rpc.ping: " + std::string(frame.substr(0, 300)));
}

} // namespace tug::bench
