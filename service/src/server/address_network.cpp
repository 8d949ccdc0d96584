#include "server/address_network.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace tug::service {

namespace ip = boost::asio::ip;

namespace {

constexpr unsigned mapped_bits = 96; ///< Before an IPv4 address that is mapped into IPv6.

template <std::size_t N>
bool same_bits(const std::array<unsigned char, N>& a, const std::array<unsigned char, N>& b, unsigned bits) {
    for (std::size_t i = 0; i < N && bits > 0; ++i) {
        const unsigned here = std::min(bits, 8U);
        const auto mask = static_cast<unsigned char>(0xffU << (8U - here));
        if (((a[i] ^ b[i]) & mask) != 0) return false;
        bits -= here;
    }
    return true;
}

} // namespace

ip::address plain_address(const ip::address& of) {
    if (of.is_v6() && of.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, of.to_v6());
    return of;
}

std::optional<address_network> address_network::parse(std::string_view text) {
    const auto slash = text.find('/');
    boost::system::error_code ec;
    address_network out;
    out.first_ = ip::make_address(std::string(text.substr(0, slash)), ec);
    if (ec) return std::nullopt;
    const unsigned whole = out.first_.is_v4() ? 32 : 128;
    out.bits_ = whole;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto [at, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), out.bits_);
        if (wrong != std::errc() || at != digits.data() + digits.size() || out.bits_ > whole) return std::nullopt;
    }
    if (const auto plain = plain_address(out.first_); plain != out.first_) {
        if (out.bits_ < mapped_bits) return std::nullopt;
        out.first_ = plain;
        out.bits_ -= mapped_bits;
    }
    return out;
}

bool address_network::contains(const ip::address& a) const {
    if (a.is_v4() != first_.is_v4()) return false;
    if (a.is_v4()) return same_bits(a.to_v4().to_bytes(), first_.to_v4().to_bytes(), bits_);
    const auto scope = first_.to_v6().scope_id();
    if (scope != 0 && scope != a.to_v6().scope_id()) return false;
    return same_bits(a.to_v6().to_bytes(), first_.to_v6().to_bytes(), bits_);
}

} // namespace tug::service
