#include "server/proxy_header.hpp"

#include "server/address_network.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace tug::service {

namespace ip = boost::asio::ip;

namespace {

constexpr std::array<unsigned char, 12> signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                  0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

/// What may stand behind the head: addresses, and what a proxy adds of TLS and itself. HAProxy sends far less.
constexpr std::size_t longest = 4096;

constexpr unsigned tcp4 = 0x11;
constexpr unsigned tcp6 = 0x21;

unsigned number_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return std::to_integer<unsigned>(bytes[at]);
}

unsigned short_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return number_at(bytes, at) << 8U | number_at(bytes, at + 1);
}

/// As far as they go.
bool begins_as(std::span<const std::byte> bytes, std::span<const unsigned char> text) noexcept {
    const auto n = std::min(bytes.size(), text.size());
    return std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n), bytes.begin(),
                      [](unsigned char a, std::byte b) { return a == std::to_integer<unsigned char>(b); });
}

} // namespace

void proxy_header::feed(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (bytes_.size() <= head && !begins_as(bytes_, signature)) {
        constexpr std::array<unsigned char, 6> first{'P', 'R', 'O', 'X', 'Y', ' '};
        const bool as_first = begins_as(bytes_, first);
        if (as_first && bytes_.size() < first.size()) return; // not told apart yet
        return fail(as_first ? "a PROXY header of version 1; the proxy has to send version 2"
                             : "no PROXY header of version 2");
    }
    if (bytes_.size() < needed_) return;
    if (needed_ == head) look_at_head();
    if (state_ == state::reading && bytes_.size() == needed_) look_at_addresses();
}

void proxy_header::fail(std::string_view why) {
    state_ = state::wrong;
    why_ = why;
}

void proxy_header::look_at_head() {
    const auto command = number_at(bytes_, 12);
    const auto size = short_at(bytes_, 14);
    if (command != 0x20 && command != 0x21) return fail("a PROXY header of an unknown version or command");
    if (size > longest) return fail("a PROXY header that is too long");
    needed_ = head + size;
}

void proxy_header::look_at_addresses() {
    state_ = state::whole;
    const bool local = number_at(bytes_, 12) == 0x20;
    const auto family = number_at(bytes_, 13);
    const auto data = std::span(bytes_).subspan(head);
    if (local || (family != tcp4 && family != tcp6)) return;
    const std::size_t address = family == tcp4 ? 4 : 16;
    if (data.size() < 2 * address + 4) return fail("a PROXY header with less than its addresses");
    ip::address from;
    if (family == tcp4) {
        ip::address_v4::bytes_type v4{};
        std::memcpy(v4.data(), data.data(), v4.size());
        from = ip::address_v4(v4);
    } else {
        ip::address_v6::bytes_type v6{};
        std::memcpy(v6.data(), data.data(), v6.size());
        from = plain_address(ip::address_v6(v6));
    }
    source_.emplace(from, static_cast<unsigned short>(short_at(data, 2 * address)));
}

} // namespace tug::service
